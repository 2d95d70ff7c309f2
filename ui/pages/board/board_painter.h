// Paints the board: headings, plates, tracks into the still layer; pills and marks above it.
//
// A value made per paint, GUI thread. Colours come from the tokens, words from ui/words; the
// painter knows no engine type beyond the board's state. Dimmed parts are mixed into the panel,
// never painted half transparent, so that crossing tracks stay clean.
#pragma once

#include "kit/lamp.h"
#include "kit/tokens.h"
#include "pages/board/train_yard.h"

#include <QFont>
#include <QPainter>

namespace sb::pages {

kit::Lamp lampOf(models::Light light);

// The lines of every plate, in the order of the lists; compared to find out what to repaint. Where
// a line has several forms the wordiest is first and a plate takes the first that fits.
struct PlateTexts {
    QStringList clients;
    QList<QStringList> providers;
    QList<QStringList> holds; // chains; empty = not held
    QStringList drills; // providers; empty = no drill
    friend bool operator==(const PlateTexts &, const PlateTexts &) = default;
};
PlateTexts plateTexts(const models::BoardState &state, qint64 nowWallMs);
QString chainLabel(const models::ChainPlate &chain);

// What stays bright while a plate is hovered or focused.
struct Spotlight {
    bool isOn = false;
    std::array<QList<int>, kColumns> plates;
    QList<const TrackPath *> tracks;
};
Spotlight spotlightOn(const TrackLayout &layout, const PlateBox &box);

class BoardPainter {
public:
    BoardPainter(const models::BoardState &state, const TrackLayout &layout,
                 const PlateTexts &texts, const kit::Tokens &tokens, const Spotlight &spotlight);

    void paintStill(QPainter &painter, const QSize &size) const;
    void paintPills(QPainter &painter, const QList<Pill> &pills) const;
    void paintFocus(QPainter &painter, const PlateBox &box) const;
    // Edit mode: the row the keys work on, and the chain that was picked.
    void paintRowFocus(QPainter &painter, const QRectF &row) const;
    void paintEntrance(QPainter &painter, const PlateBox &box) const;

private:
    void paintHeadings(QPainter &painter) const;
    void paintTracks(QPainter &painter) const;
    void paintTrack(QPainter &painter, const TrackPath &path) const;
    void paintArrow(QPainter &painter, const HiddenArrow &arrow) const;
    void paintPlate(QPainter &painter, const PlateBox &box) const;
    void paintClient(QPainter &painter, const PlateBox &box, double lit) const;
    void paintChain(QPainter &painter, const PlateBox &box, double lit) const;
    void paintTargetRow(QPainter &painter, const models::TargetRow &row, const TrackPath *path,
                        int rank, int heldRank, const QRectF &rect) const;
    void paintProvider(QPainter &painter, const PlateBox &box, double lit) const;
    void paintDrillFrame(QPainter &painter, const PlateBox &box, double lit) const;
    static QString fitting(const QStringList &forms, const QFont &font, double width);
    void paintScrollBars(QPainter &painter, const QSize &size) const;
    void paintText(QPainter &painter, const QRectF &rect, const QString &text, const QFont &font,
                   const QColor &color, Qt::Alignment alignment = Qt::AlignLeft,
                   Qt::TextElideMode elide = Qt::ElideRight) const;
    double lit(Column column, int index) const;
    double lit(const TrackPath &path) const;
    QColor on(const QColor &surface, const QColor &color, double lit) const;

    const models::BoardState &m_state;
    const TrackLayout &m_layout;
    const PlateTexts &m_texts;
    const kit::Tokens &m_tokens;
    const Spotlight &m_spotlight;
};

} // namespace sb::pages
