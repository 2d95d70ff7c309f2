#include "pages/requests/filter_line.h"

#include "kit/fonts.h"
#include "kit/tokens.h"

#include <QAbstractItemView>
#include <QCompleter>
#include <QCoreApplication>
#include <QInputMethodEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QStandardItemModel>
#include <QStyledItemDelegate>
#include <QTextCharFormat>

#include <algorithm>

namespace sb::pages {

namespace {

constexpr int kRestMs = 120;
constexpr int kScanHeight = 2;
constexpr int kPopupWidth = 420;

// "status:" in mono, what it asks beside it.
class CompletionDelegate final : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override
    {
        const kit::Tokens &t = kit::tokensFor(option.palette);
        const bool isChosen = option.state & QStyle::State_Selected;
        painter->fillRect(option.rect,
                          isChosen ? option.palette.color(QPalette::Highlight) : t.raised);
        QRect area = option.rect.adjusted(kit::space::kInside, 0, -kit::space::kInside, 0);
        const QString text = index.data(Qt::DisplayRole).toString();
        painter->setFont(kit::font(kit::Type::Mono));
        painter->setPen(t.text);
        const int wide = std::max(96, painter->fontMetrics().horizontalAdvance(text) + 12);
        painter->drawText(area, int(Qt::AlignLeft | Qt::AlignVCenter),
                          painter->fontMetrics().elidedText(text, Qt::ElideRight, area.width()));
        area.setLeft(area.left() + wide);
        painter->setFont(kit::font(kit::Type::Label));
        painter->setPen(isChosen ? t.text : t.secondary);
        painter->drawText(area, int(Qt::AlignLeft | Qt::AlignVCenter),
                          painter->fontMetrics().elidedText(index.data(Qt::UserRole).toString(),
                                                            Qt::ElideRight, area.width()));
    }

    QSize sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const override
    {
        return {kPopupWidth, kit::space::kRow - kit::space::kGrid};
    }
};

} // namespace

FilterLine::FilterLine(QWidget *parent)
    : QLineEdit(parent)
    , m_items(new QStandardItemModel(this))
    , m_completer(new QCompleter(m_items, this))
{
    setAccessibleName(tr("Filter"));
    setPlaceholderText(tr("Filter: status:429 provider:openai ttft:>2s, or any word"));
    setClearButtonEnabled(true);
    setTextMargins(4, 0, 0, 0);
    setFont(kit::font(kit::Type::Mono));
    setMaxLength(int(kFilterLength));
    m_rest.setSingleShot(true);
    m_rest.setInterval(kRestMs);
    connect(&m_rest, &QTimer::timeout, this, &FilterLine::edited);
    m_completer->setWidget(this);
    m_completer->setCompletionMode(QCompleter::UnfilteredPopupCompletion);
    m_completer->popup()->setItemDelegate(new CompletionDelegate(this));
    m_completer->popup()->setAccessibleName(tr("Completions"));
    m_completer->popup()->installEventFilter(this);
    connect(m_completer, qOverload<const QModelIndex &>(&QCompleter::activated), this,
            [this](const QModelIndex &index) { take(index); });
    connect(this, &QLineEdit::textChanged, this, [this] { m_rest.start(); });
    connect(this, &QLineEdit::textEdited, this, &FilterLine::complete);
}

bool FilterLine::isCompleting() const
{
    return m_completer->popup()->isVisible();
}

void FilterLine::closeCompletion()
{
    m_completer->popup()->hide();
}

void FilterLine::complete()
{
    m_completion = models::completeFilter(text(), cursorPosition(), m_values);
    if (m_completion.items.isEmpty() || m_completion.length == 0) {
        closeCompletion();
        return;
    }
    m_items->clear();
    for (const models::FilterCompletion::Item &item : std::as_const(m_completion.items)) {
        auto *row = new QStandardItem(item.text);
        row->setData(item.help, Qt::UserRole);
        row->setData(item.help.isEmpty()
                         ? item.text
                         : tr("%1, %2", "a completion, what it does").arg(item.text, item.help),
                     Qt::AccessibleTextRole);
        m_items->appendRow(row);
    }
    // Below what is being typed, not below the whole line.
    const int left = std::clamp(cursorRect().left(), 0, std::max(0, width() - kPopupWidth));
    m_completer->complete(QRect(left, 0, kPopupWidth, height() + 2));
}

void FilterLine::take(const QModelIndex &index)
{
    const QString chosen = index.data(Qt::DisplayRole).toString();
    if (chosen.isEmpty())
        return;
    QString line = text();
    const bool isField = chosen.endsWith(u':');
    line.replace(m_completion.from, m_completion.length, chosen);
    const auto end = m_completion.from + chosen.size();
    setText(line);
    setCursorPosition(int(end));
    if (isField) {
        m_completion = models::completeFilter(line, end, m_values);
        QMetaObject::invokeMethod(this, &FilterLine::complete, Qt::QueuedConnection);
    }
}

// The popup would keep Tab and Enter to itself: Tab takes the first proposal, Enter without a
// choice searches for what stands there.
bool FilterLine::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_completer->popup() && event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        const QModelIndex chosen = m_completer->popup()->currentIndex();
        if (key->key() == Qt::Key_Tab) {
            const QModelIndex first
                = chosen.isValid() ? chosen : m_completer->popup()->model()->index(0, 0);
            closeCompletion();
            take(first);
            return true;
        }
        if ((key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) && !chosen.isValid()) {
            closeCompletion();
            m_rest.stop();
            emit edited();
            return true;
        }
    }
    return QLineEdit::eventFilter(watched, event);
}

void FilterLine::keyPressEvent(QKeyEvent *event)
{
    const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (isEnter) {
        m_rest.stop();
        emit edited();
        emit leftDown();
        return;
    }
    if (event->key() == Qt::Key_Escape) { // the page's: back one layer
        event->ignore();
        return;
    }
    if (event->key() == Qt::Key_Down && !isCompleting()) {
        if (text().isEmpty() || !text().endsWith(u' ')) {
            emit leftDown();
        } else {
            complete();
        }
        return;
    }
    QLineEdit::keyPressEvent(event);
}

void FilterLine::changeEvent(QEvent *event)
{
    QLineEdit::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        underline();
}

void FilterLine::setProblems(const QList<FilterProblem> &problems)
{
    m_problems = problems;
    underline();
}

// A line edit takes formats for its text only as an input method would send them.
void FilterLine::underline()
{
    if (m_isUnderlining)
        return;
    m_isUnderlining = true;
    QTextCharFormat wrong;
    wrong.setUnderlineStyle(QTextCharFormat::SingleUnderline);
    wrong.setFontUnderline(true);
    const QColor danger = kit::tokensFor(palette()).danger.text;
    wrong.setUnderlineColor(danger);
    wrong.setForeground(danger);
    QList<QInputMethodEvent::Attribute> attributes;
    for (const FilterProblem &problem : std::as_const(m_problems)) {
        attributes.append({QInputMethodEvent::TextFormat, int(problem.from) - cursorPosition(),
                           int(problem.length), wrong});
    }
    QInputMethodEvent event(QString(), attributes);
    QCoreApplication::sendEvent(this, &event);
    m_isUnderlining = false;
}

void FilterLine::setScan(std::optional<double> share)
{
    if (m_scan == share)
        return;
    m_scan = share;
    update();
}

void FilterLine::paintEvent(QPaintEvent *event)
{
    QLineEdit::paintEvent(event);
    if (!m_scan)
        return;
    QPainter painter(this);
    const kit::Tokens &t = kit::tokensFor(palette());
    QRectF bar(2, height() - 1 - kScanHeight, width() - 4, kScanHeight);
    painter.fillRect(bar, t.hairline);
    // An unknown length is a thin line over the whole width: no shimmer.
    if (*m_scan >= 0)
        bar.setWidth(bar.width() * *m_scan);
    painter.fillRect(bar, t.accent);
}

} // namespace sb::pages
