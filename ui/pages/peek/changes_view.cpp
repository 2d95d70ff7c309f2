#include "pages/peek/changes_view.h"

#include "kit/empty_state.h"
#include "kit/plain_label.h"
#include "kit/table.h"
#include "kit/tokens.h"
#include "pages/peek/capture_source.h"
#include "words/format.h"
#include "words/states.h"

#include <QBoxLayout>
#include <QHeaderView>
#include <QPushButton>
#include <QTableWidget>

#include <algorithm>

namespace sb::pages {

using kit::ColumnLook;
using kit::PlainLabel;

namespace {
enum Column { Field, Sent, Went, Rule, ColumnCount };
enum Role { HeadingRole = Qt::UserRole + 1, LossRole };
constexpr int kFieldWidth = 132;
constexpr int kRuleWidth = 132;
} // namespace

ChangesView::ChangesView(QWidget *parent)
    : QWidget(parent)
    , m_note(new PlainLabel(QString(), kit::Type::Body))
    , m_table(new QTableWidget(0, ColumnCount))
    , m_empty(new kit::EmptyState(QString(), tr("Record the next hour")))
{
    setAccessibleName(tr("Changes"));
    m_note->setWordWrap(true);
    m_note->setTone(PlainLabel::Tone::Secondary);
    m_table->setAccessibleName(tr("What was changed"));
    kit::setUpTable(m_table);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setHorizontalHeaderLabels(
        {tr("Field"), tr("From the client"), tr("To the provider"), tr("Rule")});
    QHeaderView *header = m_table->horizontalHeader();
    header->setSectionsMovable(false);
    header->setSectionResizeMode(Sent, QHeaderView::Stretch);
    header->setSectionResizeMode(Went, QHeaderView::Stretch);
    header->resizeSection(Field, kFieldWidth);
    header->resizeSection(Rule, kRuleWidth);
    m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto *delegate = new kit::TableDelegate(m_table);
    const auto tone = [](const QModelIndex &index) {
        return index.data(HeadingRole).toBool() ? PlainLabel::Tone::Muted
            : index.data(LossRole).toBool()     ? PlainLabel::Tone::Caution
                                                : PlainLabel::Tone::Text;
    };
    delegate->setLook(Field, {.tone = tone});
    delegate->setLook(Sent, {.kind = ColumnLook::Kind::Mono, .tone = tone});
    delegate->setLook(Went, {.kind = ColumnLook::Kind::Mono, .tone = tone});
    delegate->setLook(Rule, {.tone = [](const QModelIndex &) { return PlainLabel::Tone::Muted; }});
    m_table->setItemDelegate(delegate);

    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(kit::space::kMargin, 0, kit::space::kMargin, kit::space::kMargin);
    outer->setSpacing(kit::space::kInside);
    outer->addWidget(m_note);
    outer->addWidget(m_table, 1);
    outer->addWidget(m_empty, 1);
    showEmpty({});
    connect(m_empty, &kit::EmptyState::clicked, this, [this] {
        if (m_source)
            m_source->record();
    });
}

QString ChangesView::note() const
{
    return m_isEmpty ? m_emptyLine : m_note->text();
}

// Instead of the table: why there is none, with the one step that helps.
void ChangesView::showEmpty(const QString &line)
{
    m_isEmpty = true;
    m_emptyLine = line;
    m_table->setRowCount(0);
    m_note->hide();
    m_table->hide();
    m_empty->setLine(line);
    m_empty->button()->setVisible(m_isGone && m_source && m_source->canRecord());
    m_empty->show();
}

void ChangesView::setSource(CaptureSource *source)
{
    m_source = source;
    connect(source, &CaptureSource::changed, this, [this] {
        if (!m_isGone)
            return;
        if (isVisible())
            m_source->want();
        showRecorded();
    });
}

bool ChangesView::isTranslated() const
{
    const DialectId own = m_exchange->ask.dialect;
    return std::any_of(m_exchange->attempts.cbegin(), m_exchange->attempts.cend(),
                       [own](const Attempt &attempt) { return attempt.dialect != own; })
        || std::any_of(m_exchange->decision.candidates.cbegin(),
                       m_exchange->decision.candidates.cend(), [](const Candidate &candidate) {
                           return candidate.reason == SkipReason::NotTranslatable;
                       });
}

void ChangesView::setExchange(const std::shared_ptr<const Exchange> &exchange,
                              const words::Names &names)
{
    const bool isOther = !m_exchange || !exchange || m_exchange->id != exchange->id;
    m_exchange = exchange;
    m_names = names;
    if (!exchange)
        return;
    if (isOther) {
        m_asked = ExchangeId();
        m_askedAttempts = -1;
        m_isGone = false;
        showEmpty({});
    }
    if (isVisible())
        ask();
}

void ChangesView::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    ask();
}

void ChangesView::ask()
{
    if (!m_exchange
        || (m_asked == m_exchange->id && m_askedAttempts == m_exchange->attempts.size()))
        return;
    m_asked = m_exchange->id;
    m_askedAttempts = m_exchange->attempts.size();
    if (!isTranslated()) {
        m_isGone = false;
        return showEmpty(
            m_exchange->attempts.isEmpty()
                ? tr("Nothing was sent to a provider.")
                : tr("Sent on as the client wrote it, in its own API; only the model's name may "
                     "differ."));
    }
    if (!m_link)
        return showEmpty(tr("What was changed is not at hand."));
    m_link->control()
        .requestChanges(m_exchange->id)
        .then(this, [this, id = m_exchange->id](const Result<QList<AttemptChanges>> &answer) {
            if (m_exchange && m_exchange->id == id)
                show(answer);
        });
}

void ChangesView::show(const Result<QList<AttemptChanges>> &answer)
{
    if (answer)
        return showList(*answer);
    m_isGone = true;
    if (m_source)
        m_source->want();
    showRecorded();
}

// The engine has it no longer: what is recorded says the same.
void ChangesView::showRecorded()
{
    if (m_source && m_source->captured())
        return showList(m_source->captured()->changes);
    showEmpty(m_source && m_source->state() == CaptureSource::State::Asking
                  ? m_source->reason()
                  : tr("What was changed is no longer in memory: only the newest requests keep it, "
                       "and never over a restart, unless bodies are recorded."));
}

void ChangesView::showList(const QList<AttemptChanges> &all)
{
    m_isGone = false;
    m_isEmpty = false;
    m_table->setRowCount(0);
    m_empty->hide();
    m_note->show();
    m_table->show();
    int losses = 0;
    for (const AttemptChanges &attempt : withUnchanged(all)) {
        addHeading(attempt);
        for (const FieldChange &change : attempt.changes) {
            using Kind = FieldChange::Kind;
            const bool isLoss = change.kind == Kind::Dropped || change.kind == Kind::Clamped
                || change.kind == Kind::Degraded;
            losses += isLoss ? 1 : 0;
            addRow({QString::fromUtf8(change.field), QString::fromUtf8(change.from),
                    change.to.isEmpty() ? words::changeKind(change.kind)
                                        : QString::fromUtf8(change.to),
                    QString::fromUtf8(change.rule)},
                   false, isLoss);
        }
        if (attempt.changes.isEmpty()) {
            addRow({isOwnDialect(attempt.ordinal)
                        ? tr("As the client wrote it, but for the model's name.")
                        : tr("Nothing but the form."),
                    {},
                    {},
                    {}},
                   false, false);
            m_table->setSpan(m_table->rowCount() - 1, 0, 1, ColumnCount);
        }
        if (attempt.unlisted > 0)
            addRow({tr("%n more", "changes that are not listed", attempt.unlisted), {}, {}, {}},
                   true, false);
    }
    m_note->setText(losses > 0 ? tr("%n part(s) of the request could not be carried over whole.",
                                    nullptr, losses)
                               : tr("Everything the client asked for was carried over."));
}

bool ChangesView::isOwnDialect(int ordinal) const
{
    return std::any_of(
        m_exchange->attempts.cbegin(), m_exchange->attempts.cend(), [&](const Attempt &made) {
            return made.ordinal == ordinal && made.dialect == m_exchange->ask.dialect;
        });
}

// With the attempts in the client's own API, of which the engine has nothing to tell.
QList<AttemptChanges> ChangesView::withUnchanged(QList<AttemptChanges> all) const
{
    for (const Attempt &made : m_exchange->attempts) {
        const bool isListed
            = std::any_of(all.cbegin(), all.cend(), [&made](const AttemptChanges &one) {
                  return one.ordinal == made.ordinal;
              });
        if (!isListed && made.dialect == m_exchange->ask.dialect)
            all.append({.ordinal = made.ordinal, .rank = made.rank, .changes = {}, .unlisted = 0});
    }
    std::stable_sort(all.begin(), all.end(), [](const AttemptChanges &a, const AttemptChanges &b) {
        return a.rank != b.rank ? a.rank < b.rank : a.ordinal < b.ordinal;
    });
    return all;
}

void ChangesView::addHeading(const AttemptChanges &attempt)
{
    const Attempt *made = nullptr;
    for (const Attempt &one : m_exchange->attempts) {
        if (one.ordinal == attempt.ordinal)
            made = &one;
    }
    if (made) {
        addRow({tr("Attempt %1, %2, over %3")
                    .arg(words::count(made->ordinal), m_names.of(made->target),
                         words::dialect(made->dialect)),
                {},
                {},
                {}},
               true, false);
        return;
    }
    for (const Candidate &candidate : m_exchange->decision.candidates) {
        if (candidate.rank == attempt.rank) {
            addRow({tr("Target %1, %2, not called")
                        .arg(words::count(candidate.rank), m_names.of(candidate.target)),
                    {},
                    {},
                    {}},
                   true, false);
            return;
        }
    }
}

void ChangesView::addRow(const QStringList &cells, bool isHeading, bool isLoss)
{
    const int row = m_table->rowCount();
    m_table->insertRow(row);
    for (int column = 0; column < ColumnCount; ++column) {
        auto *item = new QTableWidgetItem(cells[column]);
        item->setToolTip(kit::plainToolTip(cells[column]));
        item->setData(HeadingRole, isHeading);
        item->setData(LossRole, isLoss);
        m_table->setItem(row, column, item);
    }
    if (isHeading)
        m_table->setSpan(row, 0, 1, ColumnCount);
}

} // namespace sb::pages
