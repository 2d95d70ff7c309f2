#include "pages/peek/stream_view.h"

#include "kit/copy_button.h"
#include "kit/plain_label.h"
#include "kit/table.h"
#include "kit/tokens.h"
#include "pages/peek/text_pane.h"
#include "words/format.h"

#include <QBoxLayout>
#include <QComboBox>
#include <QHeaderView>
#include <QMouseEvent>
#include <QPainter>
#include <QTableView>

#include <algorithm>

namespace sb::pages {

namespace {

constexpr int kTimeWidth = 72;
constexpr int kGapWidth = 68;
constexpr int kNameWidth = 156;
constexpr int kLineHeight = 28;
constexpr int kPaneHeight = 148;

} // namespace

// ---- rows ----

void EventModel::setMessage(std::shared_ptr<const CapturedExchange> captured,
                            const CapturedMessage *message)
{
    beginResetModel();
    m_captured = std::move(captured);
    m_message = message;
    endResetModel();
}

int EventModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() || !m_message ? 0 : int(m_message->events.size());
}

int EventModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant EventModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid) || !m_message)
        return {};
    const CapturedEvent &event = m_message->events[index.row()];
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignVCenter) | int(index.column() <= Gap ? Qt::AlignRight : Qt::AlignLeft);
    if (role != Qt::DisplayRole && role != Qt::AccessibleTextRole)
        return {};
    switch (Column(index.column())) {
    case At:
        return words::durationColumn(event.at);
    case Gap: {
        if (index.row() == 0)
            return words::unknown();
        const Micros gap = event.at - m_message->events[index.row() - 1].at;
        return tr("+%1", "time since the event before").arg(words::durationColumn(gap));
    }
    case Name: {
        const QByteArray name = models::eventLine(*m_message, event).name;
        return name.isEmpty() ? tr("data", "an event without a name") : models::readable(name);
    }
    case Data: {
        const models::EventLine line = models::eventLine(*m_message, event);
        return line.isKept ? models::readable(line.data) : tr("not recorded: beyond the limit");
    }
    case ColumnCount:
        break;
    }
    return {};
}

QVariant EventModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignVCenter) | int(section <= Gap ? Qt::AlignRight : Qt::AlignLeft);
    if (role != Qt::DisplayRole)
        return {};
    switch (Column(section)) {
    case At:
        return tr("Time");
    case Gap:
        return tr("After");
    case Name:
        return tr("Event");
    case Data:
        return tr("Data");
    case ColumnCount:
        break;
    }
    return {};
}

// ---- the line of time ----

EventTimeline::EventTimeline(QWidget *parent)
    : QWidget(parent)
{
    setFixedHeight(kLineHeight);
    setAccessibleName(tr("Events over time"));
}

void EventTimeline::setEvents(const QList<CapturedEvent> &events)
{
    m_events = events;
    m_chosen = -1;
    setAccessibleDescription(
        events.isEmpty()
            ? QString()
            : tr("%n event(s) between %1 and %2.", nullptr, int(events.size()))
                  .arg(words::duration(events.first().at), words::duration(events.last().at)));
    update();
}

void EventTimeline::setChosen(int row)
{
    m_chosen = row;
    update();
}

int EventTimeline::placeOf(Micros at) const
{
    const auto span = double(std::max<qint64>(1, m_events.last().at.count()));
    return 1 + int(std::clamp(double(at.count()) / span, 0.0, 1.0) * (width() - 3));
}

void EventTimeline::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const kit::Tokens &t = kit::tokensFor(palette());
    const QRect lane(0, 0, width(), 14);
    painter.fillRect(lane, t.inset);
    painter.setPen(t.hairline);
    painter.drawRect(lane.adjusted(0, 0, -1, -1));
    painter.setFont(kit::font(kit::Type::MonoSmall));
    if (m_events.isEmpty())
        return;
    int last = -1;
    for (const CapturedEvent &event : m_events) {
        const int x = placeOf(event.at);
        if (x != last)
            painter.fillRect(QRect(x, 3, 1, 8), t.serving.lamp);
        last = x;
    }
    if (m_chosen >= 0 && m_chosen < m_events.size())
        painter.fillRect(QRect(placeOf(m_events[m_chosen].at) - 1, 0, 3, 14), t.accent);
    painter.setPen(t.muted);
    const QRect below(0, 15, width(), height() - 15);
    painter.drawText(below, Qt::AlignLeft | Qt::AlignVCenter, words::duration(Micros::zero()));
    painter.drawText(below, Qt::AlignRight | Qt::AlignVCenter, words::duration(m_events.last().at));
}

void EventTimeline::mousePressEvent(QMouseEvent *event)
{
    if (m_events.isEmpty())
        return;
    const int x = int(event->position().x());
    int best = 0;
    for (int i = 1; i < m_events.size(); ++i) {
        if (std::abs(placeOf(m_events[i].at) - x) < std::abs(placeOf(m_events[best].at) - x))
            best = i;
    }
    emit chosen(best);
}

// ---- the view ----

StreamView::StreamView(CaptureSource &source, QWidget *parent)
    : CaptureView(source, tr("Bytes of the event"), parent)
    , m_which(new QComboBox)
    , m_copy(new kit::CopyButton(tr("Copy the stream")))
    , m_note(new kit::PlainLabel(QString(), kit::Type::Label))
    , m_line(new EventTimeline)
    , m_model(new EventModel(this))
    , m_table(new QTableView)
{
    setAccessibleName(tr("Stream"));
    m_which->setAccessibleName(tr("Which stream"));
    m_which->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_which->setMinimumContentsLength(16);
    m_note->setTone(kit::PlainLabel::Tone::Secondary);
    m_note->setWordWrap(true);
    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Events"));
    kit::setUpTable(m_table);
    m_table->horizontalHeader()->setSectionsMovable(false);
    m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    using Look = kit::ColumnLook;
    auto *delegate = new kit::TableDelegate(m_table);
    delegate->setLook(EventModel::At, {.kind = Look::Kind::Number});
    delegate->setLook(EventModel::Gap,
                      {.kind = Look::Kind::Number, .tone = [](const QModelIndex &) {
                           return kit::PlainLabel::Tone::Secondary;
                       }});
    delegate->setLook(EventModel::Data, {.kind = Look::Kind::Mono, .tone = [](const QModelIndex &) {
                                             return kit::PlainLabel::Tone::Secondary;
                                         }});
    m_table->setItemDelegate(delegate);
    pane()->setFixedHeight(kPaneHeight);
    connect(m_which, &QComboBox::currentIndexChanged, this, &StreamView::showStream);
    connect(m_line, &EventTimeline::chosen, this, [this](int row) { m_table->selectRow(row); });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex &now) { choose(now.row()); });
    auto *row = new QHBoxLayout;
    row->setSpacing(kit::space::kInside);
    row->addWidget(m_which, 1);
    row->addWidget(m_copy);
    content()->addLayout(row);
    content()->addWidget(m_note);
    content()->addWidget(m_line);
    content()->addWidget(m_table, 1);
    content()->addWidget(pane());
}

QString StreamView::note() const
{
    return m_note->text();
}

void StreamView::fill(const CapturedExchange &captured)
{
    {
        const QSignalBlocker quiet(m_which);
        m_which->clear();
        m_streams.clear();
        if (!captured.reply.events.isEmpty()) {
            m_which->addItem(tr("To the client"));
            m_streams.append(0);
        }
        for (int i = 0; i < captured.attempts.size(); ++i) {
            if (captured.attempts[i].answer.events.isEmpty())
                continue;
            m_which->addItem(attemptName(captured.attempts[i]));
            m_streams.append(i + 1);
        }
    }
    if (m_streams.isEmpty()) {
        m_model->setMessage({}, nullptr);
        showEmpty(source().exchange()->ask.isStream
                      ? tr("A stream was asked for, but none came. Response has what did.")
                      : tr("The answer came in one piece, not as a stream."));
        return;
    }
    showStream();
}

void StreamView::showStream()
{
    const auto captured = source().captured();
    const int at = m_which->currentIndex();
    if (!captured || at < 0 || at >= m_streams.size())
        return;
    const CapturedMessage &message
        = m_streams[at] == 0 ? captured->reply : captured->attempts[m_streams[at] - 1].answer;
    m_model->setMessage(captured, &message);
    m_line->setEvents(message.events);
    m_copy->setCopied(QString::fromUtf8(message.body.bytes));
    QString note = tr("%n event(s), %1.", nullptr, int(message.events.size()))
                       .arg(words::bytes(message.body.size));
    const bool isCut = message.body.isTruncated() || message.events.size() == kMostCapturedEvents;
    if (message.body.isTruncated())
        note += u' '
            + tr("Cut: the first %1 are recorded.").arg(words::bytes(message.body.bytes.size()));
    if (message.events.size() == kMostCapturedEvents)
        note += u' ' + tr("Later events are not listed.");
    m_note->setText(note);
    m_note->setTone(isCut ? kit::PlainLabel::Tone::Caution : kit::PlainLabel::Tone::Secondary);
    fit();
    m_table->selectRow(0);
    choose(0);
}

void StreamView::choose(int row)
{
    m_line->setChosen(row);
    const CapturedMessage *message = m_model->message();
    if (!message || row < 0 || row >= message->events.size()) {
        pane()->setText(QString());
        return;
    }
    pane()->setText(models::readable(models::eventBytes(*message, message->events[row])).trimmed());
}

void StreamView::fit()
{
    QHeaderView *header = m_table->horizontalHeader();
    const int width = m_table->viewport()->width();
    header->resizeSection(EventModel::At, kTimeWidth);
    header->resizeSection(EventModel::Gap, kGapWidth);
    header->resizeSection(EventModel::Name, kNameWidth);
    header->resizeSection(EventModel::Data,
                          std::max(kTimeWidth, width - kTimeWidth - kGapWidth - kNameWidth));
}

void StreamView::resizeEvent(QResizeEvent *event)
{
    CaptureView::resizeEvent(event);
    fit();
}

} // namespace sb::pages
