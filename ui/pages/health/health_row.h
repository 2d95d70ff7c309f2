// One row of Health: who, the state and why, five charts on one time axis, the states under them.
#pragma once

#include "kit/chart/chart_commands.h"
#include "kit/lamp.h"
#include "models/health_shape.h"
#include "pages/health/state_bar.h"

#include <QToolButton>

#include <array>

namespace sb::pages {

// Owned by the page, GUI thread. Its charts are made when it first comes on screen.
class HealthRow final : public QWidget {
    Q_OBJECT
public:
    enum Chart { Duration, FirstToken, Speed, Errors, InFlight, ChartCount };
    static constexpr int kHeight = 140;
    static constexpr int kPartHeight = 128;

    // What the row is about: a provider, or a model or key of one.
    struct Subject {
        ProviderId provider;
        QString model;
        KeyId key;

        bool isPart() const { return !model.isEmpty() || !key.isEmpty(); }
        friend bool operator==(const Subject &, const Subject &) = default;
    };
    struct Head {
        QString name;
        kit::Lamp lamp = kit::Lamp::Idle;
        QString word;
        QString reason;
        QString figures;
        bool isExpandable = false;

        friend bool operator==(const Head &, const Head &) = default;
    };
    // What the charts show; `other` overlays a second provider.
    struct Content {
        engine::HealthSeries series;
        std::optional<engine::HealthSeries> other;
        QString name;
        QString otherName;
        int identity = 0;
        int otherIdentity = 1;
        qint64 fromWallMs = 0;
        qint64 toWallMs = 0;
        qint64 nowWallMs = 0;
        QList<kit::ChartMark> marks;
    };

    HealthRow(const Subject &subject, kit::ChartCursor &cursor, kit::ChartPacer &pacer,
              kit::ChartCommands &commands, QWidget *parent = nullptr);

    const Subject &subject() const { return m_subject; }
    void setHead(const Head &head);
    const Head &head() const { return m_head; }
    void setContent(const Content &content);
    const Content &content() const { return m_content; }
    void setHidden(const QSet<QString> &ids);
    void setHeadWidth(int width);
    void setExpanded(bool isExpanded);
    bool isExpanded() const { return m_expand->isChecked(); }
    // Comparing gives the charts more room.
    void setTall(bool isTall);
    void resetScale();
    void ensureCharts();
    bool hasChart(const QWidget *widget) const;
    kit::TimeChart *chart(int which) const { return m_charts[size_t(which)]; }
    QString readout(qint64 wallMs) const;

    static QString titleOf(int chart);

signals:
    void expandToggled(bool isExpanded);
    void stepped(int chart, int rows);

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    bool event(QEvent *event) override;

private:
    void arrange();
    void feed();
    kit::ChartData base() const;
    void addLines(QList<kit::ChartLine> &lines, const engine::HealthSeries &series,
                  const QString &prefix, int identity, int chart) const;

    Subject m_subject;
    kit::ChartCursor &m_cursor;
    kit::ChartPacer &m_pacer;
    kit::ChartCommands &m_commands;
    Head m_head;
    Content m_content;
    bool m_hasContent = false;
    QSet<QString> m_hidden;
    int m_headWidth = 184;
    QToolButton *m_expand;
    StateBar *m_bar;
    std::array<kit::TimeChart *, ChartCount> m_charts{};
};

} // namespace sb::pages
