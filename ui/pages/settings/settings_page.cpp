#include "pages/settings/settings_page.h"

#include "kit/notice_bar.h"
#include "kit/passphrase_row.h"
#include "kit/plain_label.h"
#include "kit/tokens.h"
#include "link/engine_link.h"
#include "pages/settings/settings_form.h"
#include "words/format.h"
#include "words/plain.h"
#include "words/setup_words.h"
#include "json/writer.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDateTime>
#include <QDesktopServices>
#include <QDir>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QSettings>
#include <QSpinBox>
#include <QStandardPaths>
#include <QSysInfo>
#include <QTimeEdit>
#include <QUrl>

namespace sb::pages {

namespace {

constexpr qint64 kMiB = 1024 * 1024;
constexpr Millis kHour{3'600'000};
enum ProxyRow { SystemProxy, NoProxy, OwnProxy };

QWidget *rowOf(std::initializer_list<QWidget *> widgets)
{
    auto *holder = new QWidget;
    auto *row = new QHBoxLayout(holder);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(kit::space::kInside);
    for (QWidget *widget : widgets)
        row->addWidget(widget);
    row->addStretch(1);
    return holder;
}

} // namespace

qint64 priceAgeDays(const QByteArray &date, qint64 nowWallMs)
{
    const QDate day = QDate::fromString(QString::fromLatin1(date), Qt::ISODate);
    if (!day.isValid())
        return -1;
    return day.daysTo(QDateTime::fromMSecsSinceEpoch(nowWallMs).date());
}

SettingsPage::SettingsPage(const PageContext &context, QWidget *parent)
    : Page(parent)
    , m_context(context)
    , m_frame(context.link.frame())
    , m_area(new QScrollArea(this))
    , m_form(new SettingsForm)
    , m_restart(new kit::NoticeBar)
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto *bar = new QWidget(this);
    auto *barRow = new QHBoxLayout(bar);
    barRow->setContentsMargins(kit::space::kMargin, kit::space::kInside, kit::space::kMargin, 0);
    barRow->addWidget(m_restart);
    column->addWidget(bar);
    bar->hide();
    m_restart->setMessage(
        kit::NoticeBar::Kind::Info,
        tr("The new address is saved. The gateway listens there after a restart; running requests "
           "are finished first."));
    m_restart->setAction(tr("Restart the gateway now"));
    connect(m_restart, &kit::NoticeBar::actionClicked, this, [this, bar] {
        bar->hide();
        m_context.link.retry();
    });
    m_area->setFrameShape(QFrame::NoFrame);
    m_area->setWidgetResizable(true);
    m_area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_area->setAccessibleName(tr("Settings"));
    m_area->setFocusPolicy(Qt::NoFocus);
    auto *holder = new QWidget;
    auto *row = new QHBoxLayout(holder);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_form, 1);
    row->addStretch(0);
    m_area->setWidget(holder);
    column->addWidget(m_area, 1);
    buildGeneral();
    buildGateway();
    buildRecording();
    buildPrices();
    buildNotifications();
    buildStorage();
    buildAbout();
    m_form->finish();
}

QCheckBox *SettingsPage::windowCheck(const QString &key, bool usual, const QString &text)
{
    auto *box = new QCheckBox(text, m_form);
    box->setObjectName(key);
    box->setChecked(m_context.settings.value(key, usual).toBool());
    connect(box, &QCheckBox::toggled, this, [this, key](bool isOn) {
        m_context.settings.setValue(key, isOn);
        emit windowSettingsChanged();
    });
    return box;
}

void SettingsPage::buildGeneral()
{
    m_form->beginSection(QStringLiteral("general"), tr("General"));
    auto *close = new QComboBox(m_form);
    const QString key = QStringLiteral("window/close");
    close->setObjectName(key);
    close->addItem(tr("Ask"), QStringLiteral("ask"));
    close->addItem(tr("Keep the gateway running"), QStringLiteral("keep"));
    close->addItem(tr("Stop everything"), QStringLiteral("stop"));
    close->setCurrentIndex(std::max(0, close->findData(m_context.settings.value(key))));
    connect(close, &QComboBox::activated, this,
            [this, close, key] { m_context.settings.setValue(key, close->currentData()); });
    m_form->addRow(tr("Closing the window"), close);
    m_form->addRow(
        tr("Tray"), windowCheck(QStringLiteral("tray/on"), true, tr("Show an icon in the tray")),
        tr("Its menu has the state, today's money and the chains, and can hold or pause. It is "
           "there where the desktop has a tray."));
    m_form->addRow(
        tr("Motion"),
        windowCheck(QStringLiteral("look/motion"), true, tr("Trains slide on the board")),
        tr("Without motion they step from place to place."));
    m_form->addRow(
        tr("Keys"),
        windowCheck(QStringLiteral("keys/single_letters"), true, tr("Single letters are commands")),
        tr("B, I, E, J, K and their like, outside of text fields."));
    buildAutostart();
}

void SettingsPage::buildAutostart()
{
    auto *start = new QCheckBox(tr("Start when I log in"), m_form);
    start->setObjectName(QStringLiteral("autostart"));
    const QString file
        = QDir(QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation))
              .filePath(QStringLiteral("autostart/io.github.signalbox.Signalbox.desktop"));
    start->setChecked(QFile::exists(file));
    connect(start, &QCheckBox::toggled, this, [this, start, file](bool isOn) {
        if (m_isTaking)
            return;
        bool isDone = !isOn && (!QFile::exists(file) || QFile::remove(file));
        QFile out(file);
        if (isOn && QDir().mkpath(QFileInfo(file).path())
            && out.open(QIODevice::WriteOnly | QIODevice::Truncate)) {
            const QByteArray entry("[Desktop Entry]\nType=Application\nName=Signalbox\n"
                                   "Exec=signalbox\nIcon=io.github.signalbox.Signalbox\n");
            isDone = out.write(entry) == entry.size();
        }
        if (isDone)
            return;
        m_isTaking = true;
        start->setChecked(!isOn);
        m_isTaking = false;
        emit said(tr("The file %1 could not be changed.").arg(file));
    });
    m_form->addRow(tr("Log-in"), start, tr("Writes one file into your autostart folder."));
}

void SettingsPage::buildGateway()
{
    m_form->beginSection(QStringLiteral("gateway"), tr("Gateway"));
    m_host = new QLineEdit(m_form);
    m_host->setObjectName(QStringLiteral("host"));
    m_host->setAccessibleName(tr("Address to listen on"));
    m_host->setFixedWidth(200);
    m_host->setFont(kit::font(kit::Type::Mono));
    m_port = new QSpinBox(m_form);
    m_port->setObjectName(QStringLiteral("port"));
    m_port->setAccessibleName(tr("Port"));
    m_port->setRange(1, 65'535);
    m_port->setKeyboardTracking(false);
    m_port->setFont(kit::font(kit::Type::Mono));
    connect(m_host, &QLineEdit::editingFinished, this, [this] {
        const config::SnapshotPtr now = m_context.link.setup().config();
        const QString host = m_host->text().trimmed();
        if (m_isTaking || !now || now->listeners.isEmpty() || host == now->listeners.first().host)
            return;
        if (host.isEmpty())
            return takeConfig();
        editAddress(QStringLiteral("listen[0].host"), json::quoted(host));
    });
    connect(m_port, &QSpinBox::valueChanged, this, [this](int port) {
        if (!m_isTaking)
            editAddress(QStringLiteral("listen[0].port"), QByteArray::number(port));
    });
    m_form->addRow(tr("Listens on"), rowOf({m_host, m_port}),
                   tr("127.0.0.1 is this computer alone. Beyond it requests and keys travel "
                      "unencrypted. Every client needs a key, here as there."));
    m_hosts = new QLineEdit(m_form);
    m_hosts->setObjectName(QStringLiteral("hosts"));
    m_hosts->setFont(kit::font(kit::Type::Mono));
    m_hosts->setMinimumWidth(360);
    m_hosts->setPlaceholderText(tr("none"));
    connect(m_hosts, &QLineEdit::editingFinished, this, [this] {
        QByteArray list = "[";
        QList<QByteArray> wanted;
        for (const QString &part : m_hosts->text().split(QLatin1Char(','), Qt::SkipEmptyParts)) {
            const QString host = part.trimmed().toLower();
            if (host.isEmpty())
                continue;
            wanted += host.toUtf8();
            list += (list.size() > 1 ? "," : "") + json::quoted(host);
        }
        const config::SnapshotPtr now = m_context.link.setup().config();
        if (!m_isTaking && now && now->network.allowedHosts != wanted)
            edit(QStringLiteral("network.allowed_hosts"), list + ']');
    });
    m_form->addRow(tr("Further host names"), m_hosts,
                   tr("With port, separated by commas, for names that lead here. Any other name in "
                      "a request's Host field is refused, so that web pages cannot reach in."));
    buildProxy();
}

void SettingsPage::buildProxy()
{
    m_proxy = new QComboBox(m_form);
    m_proxy->setObjectName(QStringLiteral("proxy"));
    m_proxy->setAccessibleName(tr("Proxy"));
    m_proxy->addItem(tr("Proxy from the environment"), QByteArrayLiteral("\"system\""));
    m_proxy->addItem(tr("No proxy"), QByteArrayLiteral("\"none\""));
    m_proxy->addItem(tr("This proxy"), QByteArrayLiteral("\"manual\""));
    m_proxyUrl = new QLineEdit(m_form);
    m_proxyUrl->setObjectName(QStringLiteral("proxy-url"));
    m_proxyUrl->setAccessibleName(tr("Address of the proxy"));
    m_proxyUrl->setPlaceholderText(QStringLiteral("http://host:port"));
    m_proxyUrl->setFixedWidth(240);
    m_proxyUrl->setFont(kit::font(kit::Type::Mono));
    connect(m_proxy, &QComboBox::activated, this, [this](int row) {
        m_proxyUrl->setEnabled(row == OwnProxy);
        if (row == OwnProxy && m_proxyUrl->text().trimmed().isEmpty())
            m_proxyUrl->setFocus(); // taken together with its address
        else
            edit(QStringLiteral("network.proxy"), m_proxy->currentData().toByteArray());
    });
    connect(m_proxyUrl, &QLineEdit::editingFinished, this, [this] {
        const QString url = m_proxyUrl->text().trimmed();
        const config::SnapshotPtr now = m_context.link.setup().config();
        if (m_isTaking || url.isEmpty() || !now || now->network.proxyUrl == url.toUtf8())
            return;
        m_context.link.setup()
            .editConfig(QStringLiteral("network.proxy_url"), json::quoted(url))
            .then(this, [this](const Result<quint32> &result) {
                if (result)
                    return edit(QStringLiteral("network.proxy"), QByteArrayLiteral("\"manual\""));
                emit said(tr("Not changed: %1").arg(words::trimmed(result.error().detail, 200)));
                takeConfig();
            });
    });
    m_form->addRow(tr("Way out to providers"), rowOf({m_proxy, m_proxyUrl}),
                   tr("Providers on this computer are never called through a proxy."));
}

QCheckBox *SettingsPage::privacyCheck(const char *key, const QString &text)
{
    auto *box = new QCheckBox(text, m_form);
    const QString path = QStringLiteral("privacy.") + QLatin1String(key);
    box->setObjectName(path);
    connect(box, &QCheckBox::toggled, this, [this, path](bool isOn) {
        if (!m_isTaking)
            edit(path, isOn ? QByteArrayLiteral("true") : QByteArrayLiteral("false"));
    });
    return box;
}

void SettingsPage::buildRecording()
{
    m_form->beginSection(QStringLiteral("recording"), tr("Recording"));
    m_days = new QSpinBox(m_form);
    m_days->setObjectName(QStringLiteral("days"));
    m_days->setRange(1, 3'650);
    m_days->setKeyboardTracking(false);
    m_days->setSuffix(tr(" days"));
    connect(m_days, &QSpinBox::valueChanged, this, [this](int days) {
        if (!m_isTaking)
            edit(QStringLiteral("retention.history_days"), QByteArray::number(days));
    });
    m_form->addRow(tr("Requests are kept for"), m_days,
                   tr("What happened to each request, never its text. Money is kept for good."));
    m_megabytes = new QSpinBox(m_form);
    m_megabytes->setObjectName(QStringLiteral("megabytes"));
    m_megabytes->setRange(16, 1'048'576);
    m_megabytes->setSingleStep(64);
    m_megabytes->setGroupSeparatorShown(true);
    m_megabytes->setKeyboardTracking(false);
    m_megabytes->setSuffix(tr(" MiB"));
    connect(m_megabytes, &QSpinBox::valueChanged, this, [this](int megabytes) {
        if (!m_isTaking)
            edit(QStringLiteral("retention.history_bytes"), QByteArray::number(megabytes * kMiB));
    });
    m_form->addRow(tr("And use at most"), m_megabytes);
    m_size = new kit::PlainLabel(words::unknown(), kit::Type::Body, m_form);
    m_trim = new QPushButton(tr("Trim now"), m_form);
    m_trim->setObjectName(QStringLiteral("trim"));
    connect(m_trim, &QPushButton::clicked, this, &SettingsPage::trim);
    m_form->addRow(tr("Stored now"), rowOf({m_size, m_trim}),
                   tr("Trimming removes what is past the two limits above."));
    m_recording = new kit::PlainLabel(tr("Off"), kit::Type::Body, m_form);
    m_record = new QPushButton(tr("Record the next hour"), m_form);
    m_record->setObjectName(QStringLiteral("record"));
    connect(m_record, &QPushButton::clicked, this, [this] { setRecording(true); });
    m_stopRecording = new QPushButton(tr("Stop recording"), m_form);
    m_stopRecording->setObjectName(QStringLiteral("stop_recording"));
    m_stopRecording->hide();
    connect(m_stopRecording, &QPushButton::clicked, this, [this] { setRecording(false); });
    m_form->addRow(tr("Recording bodies"), rowOf({m_recording, m_record, m_stopRecording}),
                   tr("What clients send and providers answer, up to %1 each, with keys masked. It "
                      "ends by itself and stays on this computer; a client that asks for it with "
                      "x-signalbox-log is left out.")
                       .arg(words::bytes(kMostCapturedBody)));
    m_bodies = new kit::PlainLabel(words::unknown(), kit::Type::Body, m_form);
    m_forget = new QPushButton(tr("Delete recorded bodies"), m_form);
    m_forget->setObjectName(QStringLiteral("forget"));
    m_forgetNow = new QPushButton(tr("Delete for good"), m_form);
    m_forgetNow->setObjectName(QStringLiteral("forget_now"));
    m_keep = new QPushButton(tr("Keep them"), m_form);
    m_keep->setObjectName(QStringLiteral("keep_bodies"));
    m_forgetNow->hide();
    m_keep->hide();
    // Nothing brings them back, so it takes two steps.
    const auto ask = [this](bool isAsking) {
        m_forget->setVisible(!isAsking);
        m_forgetNow->setVisible(isAsking);
        m_keep->setVisible(isAsking);
        (isAsking ? m_keep : m_forget)->setFocus(Qt::OtherFocusReason);
    };
    connect(m_forget, &QPushButton::clicked, this, [ask] { ask(true); });
    connect(m_keep, &QPushButton::clicked, this, [ask] { ask(false); });
    connect(m_forgetNow, &QPushButton::clicked, this, [this, ask] {
        ask(false);
        forgetBodies();
    });
    m_form->addRow(tr("Recorded bodies"), rowOf({m_bodies, m_forget, m_forgetNow, m_keep}),
                   tr("The requests themselves, their times and costs stay."));
    m_callers = privacyCheck("callers", tr("Note which program called, and from which folder"));
    m_form->addRow(tr("Who is calling"), m_callers,
                   tr("Read from the system for programs on this computer, so that tools and "
                      "projects can be told apart. It stays here."));
    m_recent = privacyCheck("recent_requests", tr("Keep the newest requests in memory"));
    m_form->addRow(tr("Replay"), m_recent,
                   tr("So that they can be sent again or copied. Never written to disk, gone when "
                      "the gateway stops."));
}

void SettingsPage::buildPrices()
{
    m_form->beginSection(QStringLiteral("prices"), tr("Prices"));
    m_prices = new kit::PlainLabel(words::unknown(), kit::Type::Body, m_form);
    m_form->addRow(tr("Price list"), m_prices,
                   tr("Comes with Signalbox. A price of your own, set at a provider's model, wins "
                      "over it. Costs already recorded stay as they are."));
    m_pricesOld = new kit::NoticeBar(m_form);
    m_pricesOld->setAction(tr("Show providers"));
    connect(m_pricesOld, &kit::NoticeBar::actionClicked, this,
            [this] { emit openPage(QStringLiteral("providers"), {}); });
    m_pricesOld->hide();
    m_form->addWide(m_pricesOld);
}

void SettingsPage::buildNotifications()
{
    m_form->beginSection(QStringLiteral("notifications"), tr("Notifications"));
    auto *on = windowCheck(QStringLiteral("notify/on"), true, tr("Tell me when I am not looking"));
    m_form->addRow(
        tr("Notifications"), on,
        tr("A chain that has failed over for 30 s or is failing, its recovery, a "
           "rejected key, a cap at its warning and at its end. Never a single failure."));
    auto *quiet = windowCheck(QStringLiteral("notify/quiet"), false, tr("From"));
    quiet->setAccessibleName(tr("Quiet hours"));
    const auto time = [this](const QString &key, QTime usual, const QString &name) {
        auto *edit = new QTimeEdit(m_context.settings.value(key, usual).toTime(), m_form);
        edit->setAccessibleName(name);
        edit->setObjectName(key);
        connect(edit, &QTimeEdit::timeChanged, this,
                [this, key](QTime value) { m_context.settings.setValue(key, value); });
        return edit;
    };
    auto *from = time(QStringLiteral("notify/quiet_from"), QTime(22, 0), tr("Quiet from"));
    auto *to = time(QStringLiteral("notify/quiet_to"), QTime(8, 0), tr("Quiet until"));
    auto *until = new kit::PlainLabel(tr("until"), kit::Type::Body, m_form);
    m_form->addRow(tr("Quiet hours"), rowOf({quiet, from, until, to}));
    const auto enable = [on, quiet, from, to] {
        quiet->setEnabled(on->isChecked());
        from->setEnabled(on->isChecked() && quiet->isChecked());
        to->setEnabled(on->isChecked() && quiet->isChecked());
    };
    connect(on, &QCheckBox::toggled, this, enable);
    connect(quiet, &QCheckBox::toggled, this, enable);
    enable();
}

void SettingsPage::buildStorage()
{
    m_form->beginSection(QStringLiteral("storage"), tr("Keys and storage"));
    m_keychain = new kit::PlainLabel(words::unknown(), kit::Type::Body, m_form);
    m_keychain->setWordWrap(true);
    m_keychain->setMinimumWidth(480);
    m_form->addRow(tr("Keys"), m_keychain);
    m_passphrase = new kit::PassphraseRow(m_form);
    connect(m_passphrase, &kit::PassphraseRow::given, this, &SettingsPage::openVault);
    m_form->addWide(m_passphrase);
    m_passphrase->hide();
    const auto path = [this](const QString &label, const QString &verb,
                             const std::function<QString()> &folder) {
        auto *text = new kit::PlainLabel(words::unknown(), kit::Type::Mono, m_form);
        auto *open = new QPushButton(tr("Open"), m_form);
        open->setAccessibleName(verb);
        connect(open, &QPushButton::clicked, this, [this, folder] { openFolder(folder()); });
        m_form->addRow(label, rowOf({text, open}));
        return text;
    };
    m_dataDir = path(tr("Data folder"), tr("Open the data folder"),
                     [this] { return m_storage ? m_storage->dataDir : QString(); });
    m_configPath = path(tr("Configuration"), tr("Open the configuration's folder"), [this] {
        return m_storage ? QFileInfo(m_storage->configPath).path() : QString();
    });
}

void SettingsPage::buildAbout()
{
    m_form->beginSection(QStringLiteral("about"), tr("About"));
    m_form->addRow(tr("Version"),
                   new kit::PlainLabel(tr("Signalbox %1").arg(QStringLiteral(SIGNALBOX_VERSION)),
                                       kit::Type::Body, m_form));
    m_form->addRow(tr("Licence"),
                   new kit::PlainLabel(tr("GPL-3.0-or-later. It stands on Qt, simdjson, OpenSSL, "
                                          "SQLite and QtKeychain."),
                                       kit::Type::Body, m_form));
    auto *copy = new QPushButton(tr("Copy diagnostics"), m_form);
    copy->setObjectName(QStringLiteral("diagnostics"));
    connect(copy, &QPushButton::clicked, this, [this] {
        emit copyRequested(diagnostics());
        emit said(tr("The diagnostics are on the clipboard. They hold no secrets."));
    });
    auto *log = new QPushButton(tr("Open the log"), m_form);
    log->setObjectName(QStringLiteral("log"));
    connect(log, &QPushButton::clicked, this, [this] {
        const QString folder
            = m_storage ? QDir(m_storage->dataDir).filePath(QStringLiteral("log")) : QString();
        if (folder.isEmpty() || !QDir(folder).exists())
            emit said(tr("There is no log yet."));
        else
            openFolder(folder);
    });
    m_form->addRow(tr("Help"), rowOf({copy, log}));
}

void SettingsPage::openFolder(const QString &folder)
{
    if (!folder.isEmpty() && !QDesktopServices::openUrl(QUrl::fromLocalFile(folder)))
        emit said(tr("Nothing on this computer opens folders. It is %1.").arg(folder));
}

void SettingsPage::setFrame(const FramePtr &frame)
{
    m_frame = frame;
    if (isVisible())
        showRecording();
    if (frame->revision == m_revision && !m_isStale)
        return;
    m_revision = frame->revision;
    m_isStale = !isVisible();
    if (m_isStale)
        return;
    takeConfig();
    askStorage();
}

void SettingsPage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    takeConfig();
    askStorage(); // sizes grow without a new revision
    showRecording();
    m_isStale = false;
}

void SettingsPage::open(const QString &query)
{
    QWidget *section = m_form->section(query);
    if (!section)
        return;
    const int y = section->mapTo(m_area->widget(), QPoint()).y();
    m_area->ensureVisible(0, m_area->widget()->height(), 0, 0);
    m_area->ensureVisible(0, y, 0, kit::space::kMargin);
}

void SettingsPage::takeConfig()
{
    const config::SnapshotPtr now = m_context.link.setup().config();
    m_form->setEnabled(now != nullptr);
    if (!now)
        return;
    m_isTaking = true;
    if (!now->listeners.isEmpty()) {
        if (!m_host->hasFocus())
            m_host->setText(now->listeners.first().host);
        m_port->setValue(now->listeners.first().port);
    }
    if (!m_hosts->hasFocus()) {
        QStringList hosts;
        for (const QByteArray &host : now->network.allowedHosts)
            hosts += QString::fromUtf8(host);
        m_hosts->setText(hosts.join(QStringLiteral(", ")));
    }
    using Proxy = config::NetworkSettings::Proxy;
    m_proxy->setCurrentIndex(now->network.proxy == Proxy::System     ? SystemProxy
                                 : now->network.proxy == Proxy::None ? NoProxy
                                                                     : OwnProxy);
    if (!m_proxyUrl->hasFocus())
        m_proxyUrl->setText(QString::fromUtf8(now->network.proxyUrl));
    m_proxyUrl->setEnabled(m_proxyUrl->hasFocus() || now->network.proxy == Proxy::Manual);
    m_days->setValue(now->retention.historyDays);
    m_megabytes->setValue(int(now->retention.historyBytes / kMiB));
    m_callers->setChecked(now->privacy.looksUpCallers);
    m_recent->setChecked(now->privacy.keepsRecentRequests);
    m_isTaking = false;
}

void SettingsPage::edit(const QString &path, const QByteArray &json)
{
    m_context.link.setup().editConfig(path, json).then(this, [this](const Result<quint32> &result) {
        if (!result)
            emit said(tr("Not changed: %1").arg(words::trimmed(result.error().detail, 200)));
        takeConfig();
    });
}

void SettingsPage::editAddress(const QString &path, const QByteArray &json)
{
    m_context.link.setup().editConfig(path, json).then(this, [this](const Result<quint32> &result) {
        if (result)
            m_restart->parentWidget()->show();
        else
            emit said(tr("Not changed: %1").arg(words::trimmed(result.error().detail, 200)));
        takeConfig();
    });
}

void SettingsPage::askStorage()
{
    m_context.link.setup().storage().then(this, [this](const Result<engine::StorageView> &result) {
        if (result)
            showStorage(*result);
    });
}

void SettingsPage::openVault(const Secret &passphrase)
{
    m_passphrase->setBusy(true);
    m_context.link.setup().openVault(passphrase).then(this, [this](const Result<void> &opened) {
        m_passphrase->setBusy(false);
        emit said(opened ? tr("The passphrase file is open. Keys stay in it from now on.")
                      : opened.error().code == QStringLiteral("secret_bad")
                      ? tr("This passphrase does not open the file.")
                      : words::setupError(opened.error(), {}));
        askStorage();
    });
}

void SettingsPage::showStorage(const engine::StorageView &view)
{
    m_storage = view;
    m_size->setText(
        tr("%1 in %2", "requests stored, bytes used")
            .arg(tr("%Ln request(s)", nullptr, int(view.exchanges)),
                 words::bytes(view.historyBytes + view.journalBytes + view.ledgerBytes)));
    m_bodies->setText(view.captures == 0
                          ? tr("none")
                          : tr("%1 in %2", "requests stored, bytes used")
                                .arg(tr("%Ln request(s)", nullptr, int(view.captures)),
                                     words::bytes(view.captureBytes)));
    m_forget->setEnabled(view.captures > 0);
    m_prices->setText(view.priceDate.isEmpty()
                          ? tr("none")
                          : tr("of %1", "a date").arg(QString::fromLatin1(view.priceDate)));
    const qint64 age = priceAgeDays(view.priceDate, m_frame->wallMs);
    const bool isOld = age > kPricesOldAfterDays;
    m_pricesOld->setVisible(isOld);
    if (isOld) {
        m_pricesOld->setMessage(kit::NoticeBar::Kind::Caution,
                                tr("The price list is %n day(s) old. Costs may differ from what "
                                   "providers bill; a newer "
                                   "Signalbox brings a newer list, or set prices of your own.",
                                   nullptr, int(age)));
    }
    const QString why = view.keychainDetail.isEmpty() ? tr("there is none") : view.keychainDetail;
    m_keychain->setText(
        view.isKeychainWorking ? tr("Kept in the desktop's keychain.")
            : view.isVaultOpen
            ? tr("The desktop's keychain does not work here: %1. Provider keys are kept in the "
                 "passphrase file, keys of your clients in files that only you can read.")
                  .arg(why)
            : tr("The desktop's keychain does not work here: %1. Keys of your clients lie in files "
                 "that only you can read. A provider's key that is pasted lasts until Signalbox "
                 "stops, unless a passphrase keeps it in a file.")
                  .arg(why));
    m_passphrase->setFileExists(view.hasVault);
    m_passphrase->setVisible(!view.isVaultOpen && (!view.isKeychainWorking || view.hasVault));
    m_dataDir->setText(view.dataDir);
    m_configPath->setText(view.configPath);
}

void SettingsPage::trim()
{
    m_trim->setEnabled(false);
    m_context.link.setup().trimNow().then(this, [this](const Result<qint64> &result) {
        m_trim->setEnabled(true);
        if (!result)
            emit said(tr("Not trimmed: %1").arg(words::trimmed(result.error().detail, 200)));
        else if (*result > 0)
            emit said(tr("%n request(s) were removed.", nullptr, int(*result)));
        else
            emit said(tr("Nothing was past its limits."));
        askStorage();
    });
}

void SettingsPage::showRecording()
{
    const RecordingView &now = m_frame->recording;
    const bool isOn = now.untilWallMs > 0;
    QString text = isOn ? tr("On, %1 left").arg(words::countdown(now.untilWallMs, m_frame->wallMs))
                        : tr("Off");
    if (isOn && now.kept > 0)
        text = tr("%1, %n request(s) kept since the start", "state of the recording", int(now.kept))
                   .arg(text);
    if (now.givenUp > 0)
        text = tr("%1, %n given up", "state of the recording", int(now.givenUp)).arg(text);
    m_recording->setText(text);
    if (m_record->isHidden() == isOn)
        return;
    const bool hadFocus = m_record->hasFocus() || m_stopRecording->hasFocus();
    m_record->setHidden(isOn);
    m_stopRecording->setHidden(!isOn);
    if (hadFocus)
        (isOn ? m_stopRecording : m_record)->setFocus(Qt::OtherFocusReason);
    askStorage();
}

void SettingsPage::setRecording(bool isOn)
{
    m_context.link.control()
        .setRecording(isOn ? kHour : Millis(0))
        .then(this, [this](const Result<void> &result) {
            if (!result)
                emit said(tr("Not changed: %1").arg(words::trimmed(result.error().detail, 200)));
        });
}

void SettingsPage::forgetBodies()
{
    m_forget->setEnabled(false);
    m_context.link.history().forgetCaptures().then(this, [this](const Result<qint64> &result) {
        if (!result)
            emit said(tr("Not deleted: %1").arg(words::trimmed(result.error().detail, 200)));
        else
            emit said(tr("The bodies of %n request(s) were deleted.", nullptr, int(*result)));
        askStorage();
    });
}

// Plain English on purpose: it is made to be sent to others.
QString SettingsPage::diagnostics() const
{
    QStringList lines;
    lines += QStringLiteral("Signalbox %1, Qt %2, %3, %4")
                 .arg(QStringLiteral(SIGNALBOX_VERSION), QString::fromLatin1(qVersion()),
                      QSysInfo::prettyProductName(), QSysInfo::currentCpuArchitecture());
    lines += QStringLiteral("revision %1, providers %2, chains %3, clients %4")
                 .arg(m_frame->revision)
                 .arg(m_frame->providers.size())
                 .arg(m_frame->chains.size())
                 .arg(m_frame->clients.size());
    lines += QStringLiteral("exchanges since the start %1, history rows given up %2")
                 .arg(m_frame->totals.exchanges)
                 .arg(m_frame->totals.historyDropped);
    if (m_storage) {
        lines += QStringLiteral("stored exchanges %1; bytes: ledger %2, history %3, journal %4")
                     .arg(m_storage->exchanges)
                     .arg(m_storage->ledgerBytes)
                     .arg(m_storage->historyBytes)
                     .arg(m_storage->journalBytes);
        lines += QStringLiteral("prices of %1, keychain %2")
                     .arg(QString::fromLatin1(m_storage->priceDate),
                          m_storage->isKeychainWorking ? QStringLiteral("works")
                                                       : QStringLiteral("does not work"));
    }
    for (const Notice &notice : m_frame->notices)
        lines += QStringLiteral("notice %1: %2").arg(int(notice.kind)).arg(notice.detail);
    return lines.join(QLatin1Char('\n')) + QLatin1Char('\n');
}

} // namespace sb::pages
