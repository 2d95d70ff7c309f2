#include "shell/palette.h"

#include "kit/fonts.h"
#include "kit/plain_label.h"
#include "kit/table.h"
#include "kit/tokens.h"
#include "models/fuzzy.h"
#include "words/plain.h"

#include <QAbstractListModel>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

namespace sb::shell {

namespace {

constexpr QSize kSize{600, 440};
constexpr qsizetype kMostShown = 200;
constexpr qsizetype kMostRecent = 8;
constexpr int kGroupWidth = 104;

QString recentKey(const Command &command)
{
    return command.group + QLatin1Char('\n') + command.text;
}

} // namespace

struct CommandRow {
    Command command;
    QList<int> marks; // letters of the text that were typed
    int score = 0;
};

class CommandModel final : public QAbstractListModel {
public:
    using QAbstractListModel::QAbstractListModel;

    void setRows(QList<CommandRow> rows)
    {
        beginResetModel();
        m_rows = std::move(rows);
        endResetModel();
    }
    const CommandRow &row(int index) const { return m_rows[index]; }
    int rowCount(const QModelIndex &parent = {}) const override
    {
        return parent.isValid() ? 0 : int(m_rows.size());
    }
    QVariant data(const QModelIndex &index, int role) const override
    {
        if (!index.isValid() || index.row() >= m_rows.size())
            return {};
        const Command &command = m_rows[index.row()].command;
        if (role == Qt::DisplayRole)
            return command.text;
        if (role == Qt::AccessibleTextRole) {
            const QString keys = keyText(command.keys);
            return QString(command.group + QStringLiteral(": ") + command.text
                           + (keys.isEmpty() ? QString() : QString(QStringLiteral(", ") + keys)));
        }
        return {};
    }

private:
    QList<CommandRow> m_rows;
};

namespace {

class CommandDelegate final : public QStyledItemDelegate {
public:
    explicit CommandDelegate(const CommandModel &model, QObject *parent)
        : QStyledItemDelegate(parent)
        , m_model(model)
    {
    }
    QSize sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const override
    {
        return {kSize.width(), 32};
    }
    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override
    {
        const CommandRow &row = m_model.row(index.row());
        const kit::Tokens &t = kit::tokensFor(option.palette);
        painter->save();
        if (option.state & QStyle::State_Selected)
            painter->fillRect(option.rect, kit::mix(t.raised, t.accent, 0.22));
        QRect area = option.rect.adjusted(kit::space::kMargin, 0, -kit::space::kMargin, 0);
        const bool isMirrored = option.direction == Qt::RightToLeft;
        const auto place = [&](const QRect &logical) {
            return QStyle::visualRect(option.direction, option.rect, logical);
        };
        painter->setFont(kit::font(kit::Type::Label));
        painter->setPen(t.muted);
        const int lead = int(isMirrored ? Qt::AlignRight : Qt::AlignLeft) | int(Qt::AlignVCenter);
        painter->drawText(place(QRect(area.left(), area.top(), kGroupWidth, area.height())), lead,
                          painter->fontMetrics().elidedText(row.command.group, Qt::ElideRight,
                                                            kGroupWidth - kit::space::kInside));
        area.setLeft(area.left() + kGroupWidth);
        const QString keys = keyText(row.command.keys);
        if (!keys.isEmpty()) {
            painter->setFont(kit::font(kit::Type::MonoSmall));
            painter->setPen(t.secondary);
            const int width = painter->fontMetrics().horizontalAdvance(keys);
            painter->drawText(
                place(QRect(area.right() - width, area.top(), width + 1, area.height())),
                int(Qt::AlignCenter), keys);
            area.setRight(area.right() - width - kit::space::kInside);
        }
        // Typed letters in the strong weight.
        const QString text = words::visible(row.command.text);
        const bool isMarked = text.size() == row.command.text.size() && !isMirrored;
        const QFont plain = kit::font(kit::Type::Body);
        const QFont strong = kit::font(kit::Type::Strong);
        painter->setPen(t.text);
        if (!isMarked || row.marks.isEmpty()) {
            painter->setFont(plain);
            painter->drawText(
                place(area), lead,
                painter->fontMetrics().elidedText(text, Qt::ElideRight, area.width()));
        } else {
            int x = area.left();
            for (qsizetype i = 0; i < text.size() && x < area.right();) {
                const bool isStrong = row.marks.contains(int(i));
                qsizetype end = i + 1;
                while (end < text.size() && row.marks.contains(int(end)) == isStrong)
                    ++end;
                const QString part = text.mid(i, end - i);
                painter->setFont(isStrong ? strong : plain);
                painter->setPen(isStrong ? t.accent : t.text);
                painter->drawText(QRect(x, area.top(), area.right() - x, area.height()),
                                  int(Qt::AlignLeft | Qt::AlignVCenter), part);
                x += painter->fontMetrics().horizontalAdvance(part);
                i = end;
            }
        }
        painter->restore();
    }

private:
    const CommandModel &m_model;
};

} // namespace

Palette::Palette(QWidget *host)
    : Overlay(kSize, host)
    , m_line(new QLineEdit(this))
    , m_list(new QListView(this))
    , m_none(new kit::PlainLabel({}, kit::Type::Body, this))
    , m_model(new CommandModel(this))
{
    setAccessibleName(tr("Command palette"));
    m_line->setPlaceholderText(tr("Type a command, page, provider, chain or request id"));
    m_line->setAccessibleName(tr("Command"));
    m_line->setClearButtonEnabled(false);
    m_line->setFixedHeight(36);
    m_list->setAccessibleName(tr("Matching commands"));
    m_list->setModel(m_model);
    m_list->setItemDelegate(new CommandDelegate(*m_model, m_list));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setUniformItemSizes(true);
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->viewport()->setAutoFillBackground(false);
    m_none->setTone(kit::PlainLabel::Tone::Muted);
    m_none->setAlignment(Qt::AlignCenter);
    m_none->hide();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(1, kit::space::kInside, 1, kit::space::kInside);
    column->setSpacing(kit::space::kInside);
    auto *top = new QVBoxLayout;
    top->setContentsMargins(kit::space::kInside, 0, kit::space::kInside, 0);
    top->addWidget(m_line);
    column->addLayout(top);
    column->addWidget(m_none);
    column->addWidget(m_list, 1);
    connect(m_line, &QLineEdit::textChanged, this, &Palette::filter);
    connect(m_line, &QLineEdit::returnPressed, this, [this] { run(m_list->currentIndex()); });
    connect(m_list, &QListView::clicked, this, &Palette::run);
    m_line->installEventFilter(this);
}

void Palette::openWith(const QList<Command> &commands)
{
    m_commands = commands;
    m_line->clear();
    filter({});
    openOver(m_line);
}

void Palette::setTextCommands(std::function<QList<Command>(const QString &)> make)
{
    m_textCommands = std::move(make);
}

void Palette::filter(const QString &text)
{
    QList<CommandRow> rows;
    if (m_textCommands) {
        for (const Command &command : m_textCommands(text.trimmed()))
            rows.append({command, {}, 1'000'000});
    }
    for (const Command &command : std::as_const(m_commands)) {
        const models::Fit own = models::fit(text, command.text);
        if (own.score >= 0 && text.trimmed().isEmpty()) {
            const qsizetype recent = m_recent.indexOf(recentKey(command));
            rows.append({command, {}, recent < 0 ? 0 : int(kMostRecent - recent)});
            continue;
        }
        if (own.score >= 0) {
            rows.append({command, own.at, own.score});
            continue;
        }
        const models::Fit both
            = models::fit(text, QString(command.group + QLatin1Char(' ') + command.text));
        if (both.score >= 0)
            rows.append({command, {}, both.score / 2});
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const CommandRow &a, const CommandRow &b) { return a.score > b.score; });
    rows.resize(std::min(rows.size(), kMostShown));
    m_none->setVisible(rows.isEmpty());
    m_none->setText(rows.isEmpty() ? tr("Nothing fits \"%1\".").arg(text) : QString());
    m_model->setRows(std::move(rows));
    m_list->setCurrentIndex(m_model->index(0));
    m_list->scrollToTop();
}

void Palette::run(const QModelIndex &index)
{
    if (!index.isValid())
        return;
    const Command command = m_model->row(index.row()).command;
    m_recent.removeAll(recentKey(command));
    m_recent.prepend(recentKey(command));
    m_recent.resize(std::min(m_recent.size(), kMostRecent));
    close();
    command.run();
}

bool Palette::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_line && event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        const int rows = m_model->rowCount();
        const int page = std::max(1, m_list->viewport()->height() / 32 - 1);
        int step = 0;
        switch (key->key()) {
        case Qt::Key_Down:
            step = 1;
            break;
        case Qt::Key_Up:
            step = -1;
            break;
        case Qt::Key_PageDown:
            step = page;
            break;
        case Qt::Key_PageUp:
            step = -page;
            break;
        default:
            return Overlay::eventFilter(watched, event);
        }
        if (rows > 0) {
            const int at = std::clamp(m_list->currentIndex().row() + step, 0, rows - 1);
            m_list->setCurrentIndex(m_model->index(at));
        }
        return true;
    }
    return Overlay::eventFilter(watched, event);
}

} // namespace sb::shell
