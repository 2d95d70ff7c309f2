#include "kit/icons.h"

#include "kit/tokens.h"

#include <QApplication>
#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

namespace sb::kit {

namespace {

QString fileOf(Glyph glyph)
{
    const char *name = "";
    switch (glyph) {
    case Glyph::Board:
        name = "board";
        break;
    case Glyph::Copy:
        name = "copy";
        break;
    case Glyph::Check:
        name = "check";
        break;
    case Glyph::Close:
        name = "close";
        break;
    case Glyph::Inspector:
        name = "inspector";
        break;
    case Glyph::Theme:
        name = "theme";
        break;
    case Glyph::Menu:
        name = "menu";
        break;
    case Glyph::Table:
        name = "table";
        break;
    case Glyph::Play:
        name = "play";
        break;
    case Glyph::Requests:
        name = "requests";
        break;
    case Glyph::Health:
        name = "health";
        break;
    case Glyph::Spend:
        name = "spend";
        break;
    case Glyph::Chains:
        name = "chains";
        break;
    case Glyph::Providers:
        name = "providers";
        break;
    case Glyph::Connect:
        name = "connect";
        break;
    case Glyph::Lab:
        name = "lab";
        break;
    case Glyph::Settings:
        name = "settings";
        break;
    case Glyph::Search:
        name = "search";
        break;
    case Glyph::Star:
        name = "star";
        break;
    case Glyph::Pause:
        name = "pause";
        break;
    case Glyph::Add:
        name = "add";
        break;
    case Glyph::Remove:
        name = "remove";
        break;
    case Glyph::Undo:
        name = "undo";
        break;
    case Glyph::Redo:
        name = "redo";
        break;
    case Glyph::Up:
        name = "up";
        break;
    case Glyph::Down:
        name = "down";
        break;
    case Glyph::More:
        name = "more";
        break;
    case Glyph::Refresh:
        name = "refresh";
        break;
    case Glyph::Open:
        name = "open";
        break;
    case Glyph::Edit:
        name = "edit";
        break;
    case Glyph::Key:
        name = "key";
        break;
    }
    return QStringLiteral(":/signalbox/icons/%1.svg").arg(QLatin1String(name));
}

// Keeps the drawing's text, in which black stands for the tint.
class TintedEngine final : public QIconEngine {
public:
    explicit TintedEngine(Glyph glyph)
        : m_glyph(glyph)
    {
        QFile file(fileOf(glyph));
        if (file.open(QIODevice::ReadOnly))
            m_svg = file.readAll();
    }

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State state) override
    {
        QByteArray svg = m_svg;
        svg.replace("#000000", tint(mode, state).name().toLatin1());
        QSvgRenderer renderer(svg);
        const int side = qMin(rect.width(), rect.height());
        QRectF area(0, 0, side, side);
        area.moveCenter(QRectF(rect).center());
        renderer.render(painter, area);
    }

    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State state) override
    {
        return scaledPixmap(size, mode, state, 1);
    }

    QPixmap scaledPixmap(const QSize &size, QIcon::Mode mode, QIcon::State state, qreal) override
    {
        // QIcon asks in device pixels here. [Qt 6.4 QIconEngine]
        const QString cacheKey = QStringLiteral("sb-icon-%1-%2-%3-%4")
                                     .arg(int(m_glyph))
                                     .arg(size.width())
                                     .arg(size.height())
                                     .arg(tint(mode, state).rgb(), 8, 16);
        QPixmap pixmap;
        if (QPixmapCache::find(cacheKey, &pixmap))
            return pixmap;
        pixmap = QPixmap(size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paint(&painter, QRect(QPoint(), size), mode, state);
        painter.end();
        QPixmapCache::insert(cacheKey, pixmap);
        return pixmap;
    }

    QIconEngine *clone() const override { return new TintedEngine(*this); }
    QString key() const override { return QStringLiteral("sb-tinted"); }

private:
    static QColor tint(QIcon::Mode mode, QIcon::State state)
    {
        const Tokens &t = tokensFor(QApplication::palette());
        if (mode == QIcon::Disabled)
            return t.muted;
        return mode == QIcon::Normal && state == QIcon::Off ? t.secondary : t.text;
    }

    Glyph m_glyph;
    QByteArray m_svg;
};

} // namespace

QIcon icon(Glyph glyph)
{
    return QIcon(new TintedEngine(glyph));
}

QIcon applicationIcon()
{
    return QIcon(QStringLiteral(":/signalbox/signalbox.svg"));
}

} // namespace sb::kit
