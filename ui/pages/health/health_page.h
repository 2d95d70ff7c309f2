// Health: one row per provider on one shared time axis.
//
// GUI thread. Asks the engine's history for the range shown, at the pace of the range, only while
// on screen and only if the answer can have changed; frames are its clock, it has no timer.
// [console §3.3]
#pragma once

#include "kit/chart/chart_commands.h"
#include "kit/chart/chip_row.h"
#include "kit/empty_state.h"
#include "models/health_shape.h"
#include "models/identities.h"
#include "pages/health/health_row.h"
#include "pages/page.h"
#include "words/names.h"

class QButtonGroup;
class QCheckBox;
class QComboBox;
class QPushButton;
class QScrollArea;

namespace sb::pages {

class HealthPage final : public Page {
    Q_OBJECT
public:
    explicit HealthPage(const PageContext &context, QWidget *parent = nullptr);
    ~HealthPage() override;

    void setFrame(const FramePtr &frame) override;
    void open(const QString &query) override; // a provider's id
    bool closeLayer() override;

    void setRange(models::HealthRange range);
    models::HealthRange range() const { return m_range; }
    std::optional<models::WallRange> zoom() const { return m_zoom; }
    void compare(const ProviderId &one, const ProviderId &other);
    QList<HealthRow *> rows() const { return m_rows; }
    kit::ChartCommands &chartCommands() { return *m_commands; }
    // All charts as they would be after a moment: before a picture.
    void settle();

protected:
    void showEvent(QShowEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void setUpControls();
    void setUpActions();
    void refresh();
    void ask(bool isForced);
    void askParts();
    void takeReport(const Result<engine::HealthReport> &answer);
    void buildRows();
    void feedRows();
    HealthRow *rowFor(const HealthRow::Subject &subject);
    HealthRow::Head headOf(const HealthRow::Subject &subject) const;
    QList<kit::ChartMark> marksOf(const ProviderId &provider) const;
    void showVisible();
    void showReadout();
    void zoomTo(qint64 fromWallMs, qint64 toWallMs);
    void resetZoom();
    void showRequests();
    void arrange();
    void fillCombos();
    void stepRow(int by);
    HealthRow *currentRow() const;
    bool isComparing() const { return !m_one.isEmpty() && !m_other.isEmpty() && m_one != m_other; }

    PageContext m_context;
    FramePtr m_frame;
    words::Names m_names;
    models::Identities m_identities;

    models::HealthRange m_range = models::HealthRange::Minutes5;
    std::optional<models::WallRange> m_zoom;
    engine::HealthSplit m_split = engine::HealthSplit::ByModel;
    ProviderId m_one; // compared
    ProviderId m_other;
    QSet<ProviderId> m_expanded;

    engine::HealthReport m_report;
    engine::HealthReport m_parts;
    bool m_hasReport = false;
    QString m_trouble; // why there is none
    qint64 m_askedWallMs = 0;
    quint64 m_serial = 0; // of the newest ask; older answers are dropped
    bool m_isAsking = false;
    bool m_isAskWanted = false;
    bool m_mayDiffer = true;

    kit::ChartCursor *m_cursor;
    kit::ChartPacer *m_pacer;
    kit::ChartCommands *m_commands;
    QList<HealthRow *> m_rows; // as shown
    QHash<QString, HealthRow *> m_known;

    QWidget *m_controls;
    QButtonGroup *m_ranges;
    QComboBox *m_splitBox;
    QComboBox *m_oneBox;
    QComboBox *m_otherBox;
    QCheckBox *m_drills;
    kit::ChipRow *m_chips;
    kit::PlainLabel *m_readout;
    QPushButton *m_toRequests;
    QPushButton *m_unzoom;
    QScrollArea *m_scroll;
    QWidget *m_list;
    kit::PlainLabel *m_note;
    kit::EmptyState *m_empty;
    bool m_isFilling = false;
};

} // namespace sb::pages
