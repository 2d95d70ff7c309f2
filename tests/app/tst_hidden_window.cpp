// The window is only a view: hidden and shown again in the middle of twenty streams, it disturbs
// none.
#include "engine/engine.h"
#include "kit/theme.h"
#include "link/local_link.h"
#include "pages/catalog.h"
#include "shell/main_window.h"

#include <QDir>
#include <QFile>
#include <QSettings>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

using namespace sb;

class tst_hidden_window : public QObject {
    Q_OBJECT

private slots:
    void streamsGoOn();
};

void tst_hidden_window::streamsGoOn()
{
    QTemporaryDir folder;
    qputenv("SIGNALBOX_TEST_CLIENT_KEY", "sbx-hidden-window-test-key");
    engine::EngineOptions options;
    options.configPath = folder.filePath(QStringLiteral("config.json"));
    options.dataDir = folder.filePath(QStringLiteral("data"));
    options.listen = config::Listener{QStringLiteral("127.0.0.1"), 0, {}};
    QFile config(options.configPath);
    QVERIFY(config.open(QIODevice::WriteOnly));
    config.write(
        "{\"version\":1,\"providers\":[{\"id\":\"a\",\"from\":\"sim\",\"script\":\"steady\"}],"
        "\"chains\":[{\"id\":\"c\",\"targets\":[{\"provider\":\"a\",\"model\":\"m\"}]}],"
        "\"clients\":[{\"id\":\"t\",\"secret\":\"env:SIGNALBOX_TEST_CLIENT_KEY\",\"chains\":[\"*\"]"
        "}]}");
    config.close();

    const PlainClock clock;
    engine::Engine engine(options);
    link::LocalLink link(engine, options.listen, clock);
    kit::Theme theme(*qApp, std::nullopt);
    QSettings settings(folder.filePath(QStringLiteral("window.ini")), QSettings::IniFormat);
    shell::MainWindow window(link, theme, settings, pages::catalog());
    QString address;
    connect(&engine, &engine::Engine::published, this, [&](const FramePtr &frame) {
        if (!frame->addresses.isEmpty())
            address = frame->addresses.first();
    });
    window.show();
    link.begin();
    QTRY_VERIFY_WITH_TIMEOUT(!address.isEmpty(), 15'000);

    constexpr int kStreams = 20;
    const quint16 port = quint16(address.section(u':', -1).toUInt());
    const QByteArray body
        = "{\"model\":\"c\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Tell "
          "me about railways\"}]}";
    std::vector<std::unique_ptr<QTcpSocket>> clients;
    std::vector<QByteArray> replies(kStreams);
    for (int i = 0; i < kStreams; ++i) {
        auto client = std::make_unique<QTcpSocket>();
        connect(client.get(), &QTcpSocket::readyRead, this,
                [&replies, i, socket = client.get()] { replies[size_t(i)] += socket->readAll(); });
        client->connectToHost(QStringLiteral("127.0.0.1"), port);
        client->write("POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:"
                      + QByteArray::number(port)
                      + "\r\nauthorization: Bearer sbx-hidden-window-test-key\r\ncontent-type: "
                        "application/json\r\n"
                        "content-length: "
                      + QByteArray::number(body.size()) + "\r\n\r\n" + body);
        clients.push_back(std::move(client));
    }
    const auto count = [&](const char *text) {
        return std::count_if(replies.cbegin(), replies.cend(),
                             [text](const QByteArray &r) { return r.contains(text); });
    };
    QTRY_COMPARE_WITH_TIMEOUT(count("\"content\":"), kStreams, 15'000); // all are in mid-stream
    QCOMPARE(count("[DONE]"), 0);
    window.hide();
    const auto lengths = [&] {
        qsizetype sum = 0;
        for (const QByteArray &reply : replies)
            sum += reply.size();
        return sum;
    };
    const qsizetype atHiding = lengths();
    QTRY_VERIFY_WITH_TIMEOUT(lengths() > atHiding + 2'000, 15'000);
    window.show();
    QTRY_COMPARE_WITH_TIMEOUT(count("data: [DONE]"), kStreams, 30'000);
    QCOMPARE(count("200 OK"), kStreams);
    QCOMPARE(count("\"error\""), 0);

    QFuture<void> stopped = link.stop(Millis(5'000));
    QTRY_VERIFY_WITH_TIMEOUT(stopped.isFinished(), 15'000);
}

QTEST_MAIN(tst_hidden_window)
#include "tst_hidden_window.moc"
