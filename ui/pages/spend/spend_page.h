// Spend: what was spent in a period, on what, where it is heading, and the daily cap.
//
// GUI thread. Asks the engine's history, at most every five seconds, only while on screen and only
// when a frame brought something; frames are its clock, it has no timer. [console §3.4]
#pragma once

#include "kit/chart/chart_commands.h"
#include "kit/empty_state.h"
#include "models/identities.h"
#include "models/spend_math.h"
#include "models/spend_model.h"
#include "pages/page.h"
#include "pages/spend/budget_editor.h"
#include "pages/spend/counted_note.h"
#include "pages/spend/figure.h"

#include <array>

class QButtonGroup;
class QComboBox;
class QPushButton;
class QTableView;

namespace sb::pages {

class SpendPage final : public Page {
    Q_OBJECT
public:
    explicit SpendPage(const PageContext &context, QWidget *parent = nullptr);
    ~SpendPage() override;

    void setFrame(const FramePtr &frame) override;
    void open(const QString &query) override; // a group: "client"
    bool closeLayer() override;

    void setRange(models::SpendRange range);
    models::SpendRange range() const { return m_range; }
    void setGroup(engine::SpendGroup group);
    engine::SpendGroup group() const { return m_group; }
    void showCounted();
    BudgetEditor &budgetEditor() { return *m_budget; }
    models::SpendModel &model() { return *m_model; }
    const Figure &figure(int which) const { return *m_figures[size_t(which)]; }
    kit::TimeChart &bars() { return *m_bars; }
    kit::TimeChart &burn() { return *m_burn; }
    kit::ChartCommands &chartCommands() { return *m_commands; }
    // All charts as they would be after a moment: before a picture.
    void settle() { m_pacer->flush(); }

protected:
    void showEvent(QShowEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    enum Question { Main, Today, Before, Daily, QuestionCount };

    void setUpControls();
    void setUpTable();
    void setUpActions();
    void ask(bool isForced);
    void put(Question which, const engine::SpendAsk &question);
    void display();
    void showFigures();
    void showBars();
    void showBurn();
    void showMarks();
    void showReadout();
    void arrange();
    void openRow(int row);
    void setPrice();
    void stepRow(int by);
    models::Projection projectionTo(qint64 toWallMs, Money spent) const;
    Money spentToday() const;
    QTimeZone zone() const;

    PageContext m_context;
    FramePtr m_frame;
    words::Names m_names;
    models::SpendRange m_range = models::SpendRange::Today;
    engine::SpendGroup m_group = engine::SpendGroup::Model;
    std::array<models::Identities, 7> m_identities; // by group

    std::array<std::optional<engine::SpendReport>, QuestionCount> m_reports;
    QList<EventView> m_events; // of today
    QString m_trouble;
    quint64 m_serial = 0; // answers to older questions are dropped
    int m_running = 0;
    bool m_isAskWanted = false;
    qint64 m_askedWallMs = 0;
    qint64 m_slowAskedWallMs = 0; // what changes by the day
    bool m_mayDiffer = true;
    bool m_knowsPriceDate = false;
    models::SpendPeriod m_period; // asked for

    kit::ChartCursor *m_cursor;
    kit::ChartPacer *m_pacer;
    kit::ChartCommands *m_commands;
    QWidget *m_controls;
    QButtonGroup *m_ranges;
    QComboBox *m_groupBox;
    kit::PlainLabel *m_priceDate;
    QPushButton *m_counted;
    std::array<Figure *, 4> m_figures;
    BudgetEditor *m_budget;
    kit::TimeChart *m_bars;
    kit::TimeChart *m_burn;
    kit::PlainLabel *m_readout;
    kit::PlainLabel *m_unpriced;
    QPushButton *m_setPrice;
    models::SpendModel *m_model;
    QTableView *m_table;
    CountedNote *m_note;
    kit::EmptyState *m_empty;
};

} // namespace sb::pages
