#include "kit/fonts.h"

#include <cmath>

#include <QApplication>
#include <QFontDatabase>
#include <QFontInfo>

namespace sb::kit {

namespace {

QString installed(const QString &family)
{
    return QFontDatabase::hasFamily(family) ? family : QString();
}

QFont monoBase()
{
    static const QFont base = [] {
        const QString jetBrains = installed(QStringLiteral("JetBrains Mono"));
        QFont f = jetBrains.isEmpty() ? QFontDatabase::systemFont(QFontDatabase::FixedFont)
                                      : QFont(jetBrains);
        f.setStyleHint(QFont::Monospace);
        f.setFixedPitch(true);
        return f;
    }();
    return base;
}

} // namespace

void applyFonts(QApplication &application)
{
    // The platform's normal size is about 13.3 px (10 pt at 96 dpi); what differs is the user's
    // wish.
    const double platform = QFontInfo(application.font()).pixelSize();
    const double scale = platform > 0 ? qBound(0.85, platform / 13.0, 2.5) : 1.0;
    QFont body = application.font();
    if (const QString inter = installed(QStringLiteral("Inter")); !inter.isEmpty())
        body.setFamilies({inter});
    body.setPixelSize(int(std::lround(13 * (scale > 0.9 && scale < 1.1 ? 1.0 : scale))));
    body.setWeight(QFont::Normal);
    application.setFont(body);
}

QFont font(Type type)
{
    const QFont app = QApplication::font();
    const double unit = (app.pixelSize() > 0 ? app.pixelSize() : QFontInfo(app).pixelSize()) / 13.0;
    const bool isMono
        = type == Type::Mono || type == Type::MonoSmall || type == Type::MonoSmallStrong;
    QFont f = isMono ? monoBase() : app;
    double size = 13;
    QFont::Weight weight = QFont::Normal;
    switch (type) {
    case Type::Body:
        break;
    case Type::Strong:
        weight = QFont::DemiBold;
        break;
    case Type::Label:
        size = 12;
        break;
    case Type::LabelStrong:
        size = 12;
        weight = QFont::DemiBold;
        break;
    case Type::Title:
        size = 16;
        weight = QFont::DemiBold;
        break;
    case Type::Mono:
        size = 12;
        break;
    case Type::MonoSmall:
        size = 11;
        break;
    case Type::MonoSmallStrong:
        size = 11;
        weight = QFont::Bold;
        break;
    }
    f.setPixelSize(int(std::lround(size * unit)));
    f.setWeight(weight);
    return f;
}

} // namespace sb::kit
