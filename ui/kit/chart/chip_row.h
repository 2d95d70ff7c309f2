// The clickable names of a chart's series: swatch and word; a press hides or shows the series.
#pragma once

#include "kit/chart/chart_data.h"

#include <QAbstractButton>
#include <QSet>

namespace sb::kit {

struct ChipLook {
    QString id;
    QString name;
    int identity = 0; // negative: without a colour of its own, the word is enough
    Qt::BrushStyle pattern = Qt::SolidPattern;
    bool isLine = false;
    bool isLight = false;
    bool isDashed = false;

    friend bool operator==(const ChipLook &, const ChipLook &) = default;
};

// The series of a chart as chips.
QList<ChipLook> chipsOf(const ChartData &data);

class Chip final : public QAbstractButton {
    Q_OBJECT
public:
    Chip(const ChipLook &look, QWidget *parent);

    const ChipLook &look() const { return m_look; }
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    ChipLook m_look;
};

// Lays its chips out in one line; long names give way first. GUI thread.
class ChipRow final : public QWidget {
    Q_OBJECT
public:
    explicit ChipRow(QWidget *parent = nullptr);

    void setChips(const QList<ChipLook> &chips);
    const QSet<QString> &hiddenIds() const { return m_hidden; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    void hiddenChanged(const QSet<QString> &ids);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void arrange();

    QList<ChipLook> m_looks;
    QList<Chip *> m_chips;
    QSet<QString> m_hidden;
};

} // namespace sb::kit
