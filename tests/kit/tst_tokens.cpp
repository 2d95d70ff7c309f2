// Contrast of the design tokens, computed: text 4.5:1, lamps and controls 3:1, on every surface.
#include "kit/lamp.h"
#include "kit/tokens.h"

#include <QPainter>
#include <QTest>

using namespace sb::kit;

class TstTokens : public QObject {
    Q_OBJECT
private slots:
    void contrast_data()
    {
        QTest::addColumn<QColor>("ink");
        QTest::addColumn<QColor>("surface");
        QTest::addColumn<double>("least");
        for (const Tokens *t : {&darkTokens(), &lightTokens()}) {
            const char *theme = t->isDark ? "dark" : "light";
            const std::pair<const char *, QColor> surfaces[]
                = {{"window", t->window}, {"panel", t->panel}, {"inset", t->inset}};
            const std::pair<const char *, QColor> texts[] = {{"text", t->text},
                                                             {"secondary", t->secondary},
                                                             {"muted", t->muted},
                                                             {"serving", t->serving.text},
                                                             {"caution", t->caution.text},
                                                             {"danger", t->danger.text},
                                                             {"probing", t->probing.text},
                                                             {"drill", t->drill.text},
                                                             {"accent", t->accent}};
            const std::pair<const char *, QColor> lamps[]
                = {{"serving lamp", t->serving.lamp}, {"caution lamp", t->caution.lamp},
                   {"danger lamp", t->danger.lamp},   {"probing lamp", t->probing.lamp},
                   {"drill lamp", t->drill.lamp},     {"control border", t->controlBorder},
                   {"track live", t->trackLive},      {"track idle", t->trackIdle}};
            for (const auto &[where, surface] : surfaces) {
                for (const auto &[what, color] : texts)
                    QTest::addRow("%s: %s on %s", theme, what, where) << color << surface << 4.5;
                for (const auto &[what, color] : lamps)
                    QTest::addRow("%s: %s on %s", theme, what, where) << color << surface << 3.0;
            }
            QTest::addRow("%s: on accent", theme) << t->onAccent << t->accent << 4.5;
            QTest::addRow("%s: on train", theme) << t->onTrain << t->train << 4.5;
            QTest::addRow("%s: on caution", theme) << t->onCaution << t->caution.lamp << 4.5;
            QTest::addRow("%s: text on selection", theme)
                << t->text << paletteOf(*t).color(QPalette::Highlight) << 4.5;
            for (size_t i = 0; i < t->series.size(); ++i)
                QTest::addRow("%s: series %zu on panel", theme, i)
                    << t->series[i] << t->panel << 2.5;
        }
    }
    void contrast()
    {
        QFETCH(QColor, ink);
        QFETCH(QColor, surface);
        QFETCH(double, least);
        const double got = sb::kit::contrast(ink, surface);
        QVERIFY2(got >= least, qPrintable(QString::number(got)));
    }

    void knownContrast()
    {
        QVERIFY(qAbs(sb::kit::contrast(Qt::black, Qt::white) - 21) < 0.01);
        QVERIFY(qAbs(sb::kit::contrast(Qt::white, Qt::white) - 1) < 0.01);
    }

    void paletteNamesItsTokens()
    {
        QCOMPARE(&tokensFor(paletteOf(darkTokens())), &darkTokens());
        QCOMPARE(&tokensFor(paletteOf(lightTokens())), &lightTokens());
    }

    // Each state has its own silhouette: a photocopy tells them apart.
    void lampShapesDiffer()
    {
        QList<QImage> shapes;
        for (const Lamp lamp :
             {Lamp::Serving, Lamp::Caution, Lamp::Danger, Lamp::Probing, Lamp::Off, Lamp::Idle}) {
            QImage image(24, 24, QImage::Format_ARGB32);
            image.fill(Qt::transparent);
            QPainter painter(&image);
            paintLamp(painter, QRectF(0, 0, 24, 24), lamp, darkTokens());
            painter.end();
            QImage mask = image.createAlphaMask(Qt::ThresholdDither);
            for (const QImage &other : shapes)
                QVERIFY(mask != other);
            shapes += mask;
        }
    }
};

QTEST_MAIN(TstTokens)
#include "tst_tokens.moc"
