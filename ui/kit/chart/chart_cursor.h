// The one crosshair and the one selected range that all charts of a page share.
#pragma once

#include <optional>

#include <QObject>
#include <QPointer>
#include <QWidget>

namespace sb::kit {

// Owned by the page, GUI thread. Charts move it and follow it.
class ChartCursor final : public QObject {
    Q_OBJECT
public:
    using Range = std::pair<qint64, qint64>; // wall ms, from before to
    using QObject::QObject;

    std::optional<qint64> at() const { return m_at; }
    std::optional<Range> range() const { return m_range; }
    // The chart that moved it last; null when that one is gone.
    QWidget *by() const { return m_by; }

    void moveTo(qint64 wallMs, QWidget *by);
    void leave();
    void select(qint64 oneWallMs, qint64 otherWallMs); // while it is drawn
    void commit(); // the drawn range is meant
    void clear(); // no range

signals:
    void moved();
    void rangeChanged();
    void selected(qint64 fromWallMs, qint64 toWallMs);

private:
    std::optional<qint64> m_at;
    std::optional<Range> m_range;
    QPointer<QWidget> m_by;
};

} // namespace sb::kit
