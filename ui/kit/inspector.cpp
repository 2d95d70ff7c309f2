#include "kit/inspector.h"

#include "kit/icons.h"
#include "kit/table.h"

#include <QBoxLayout>
#include <QGridLayout>
#include <QKeyEvent>
#include <QListWidget>
#include <QMenu>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QToolButton>

#include <algorithm>

namespace sb::kit {

namespace {

constexpr int kButtonHeight = 28;
constexpr int kKeyRole = Qt::UserRole + 1;

} // namespace

void fillMenu(QMenu *menu, const QList<Command> &commands)
{
    for (const Command &command : commands) {
        if (command.isSeparated && !menu->isEmpty())
            menu->addSeparator();
        if (!command.children.isEmpty()) {
            QMenu *sub = menu->addMenu(command.text);
            sub->menuAction()->setObjectName(command.id);
            fillMenu(sub, command.children);
            continue;
        }
        QAction *action = menu->addAction(command.text, menu, command.run);
        action->setObjectName(command.id);
    }
}

Inspector::Inspector(QWidget *parent)
    : QFrame(parent)
    , m_lamp(new LampWidget(this))
    , m_name(new PlainLabel({}, Type::Title, this))
    , m_kind(new PlainLabel({}, Type::Label, this))
    , m_reason(new PlainLabel(this))
    , m_content(new QWidget(this))
    , m_factGrid(new QGridLayout)
    , m_listColumn(new QVBoxLayout)
    , m_buttonHost(new QWidget(this))
{
    setAccessibleName(tr("Inspector"));
    m_name->setElided(true);
    m_kind->setTone(PlainLabel::Tone::Secondary);
    m_reason->setWordWrap(true);

    auto *close = new QToolButton(this);
    close->setIcon(icon(Glyph::Close));
    close->setAutoRaise(true);
    close->setFocusPolicy(Qt::TabFocus);
    close->setAccessibleName(tr("Close the inspector"));
    setPlainToolTip(close, tr("Close the inspector (Esc)"));
    connect(close, &QToolButton::clicked, this, &Inspector::closeRequested);

    auto *head = new QHBoxLayout;
    head->setContentsMargins(space::kMargin, space::kGap, space::kInside, 0);
    head->setSpacing(space::kInside);
    head->addWidget(m_lamp);
    head->addWidget(m_name, 1);
    head->addWidget(m_kind);
    head->addWidget(close);

    auto *column = new QVBoxLayout(m_content);
    column->setContentsMargins(space::kMargin, space::kGrid, space::kMargin, space::kGap);
    column->setSpacing(space::kGap);
    m_factGrid->setContentsMargins(0, 0, 0, 0);
    m_factGrid->setHorizontalSpacing(space::kGap);
    m_factGrid->setVerticalSpacing(space::kGrid);
    m_factGrid->setColumnStretch(1, 1);
    m_listColumn->setContentsMargins(0, 0, 0, 0);
    m_listColumn->setSpacing(space::kGrid);
    auto *buttons = new QGridLayout(m_buttonHost);
    buttons->setContentsMargins(0, 0, 0, 0);
    buttons->setSpacing(space::kInside);
    column->addWidget(m_reason);
    column->addWidget(m_buttonHost);
    column->addLayout(m_factGrid);
    column->addLayout(m_listColumn);
    column->addStretch();

    auto *scroll = new QScrollArea(this);
    scroll->setWidget(m_content);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setAccessibleName(tr("Details"));
    scroll->viewport()->setAutoFillBackground(false);
    m_content->setAutoFillBackground(false);

    auto *whole = new QVBoxLayout(this);
    whole->setContentsMargins(1, 1, 1, 1);
    whole->setSpacing(space::kGrid);
    whole->addLayout(head);
    whole->addWidget(scroll, 1);
}

void Inspector::setHead(Lamp lamp, const QString &name, const QString &kind)
{
    m_lamp->setLamp(lamp);
    if (m_name->text() != name)
        m_name->setText(name);
    if (m_kind->text() != kind)
        m_kind->setText(kind);
    setAccessibleName(tr("Inspector: %1").arg(name));
}

QString Inspector::name() const
{
    return m_name->text();
}

void Inspector::setReason(const QString &sentence)
{
    if (m_reason->text() == sentence)
        return;
    m_reason->setText(sentence);
    m_reason->setVisible(!sentence.isEmpty());
}

QString Inspector::reason() const
{
    return m_reason->text();
}

void Inspector::setFacts(const QList<Fact> &facts)
{
    if (facts == m_facts)
        return;
    m_facts = facts;
    while (m_factLabels.size() < facts.size() * 2) {
        const auto row = int(m_factLabels.size() / 2);
        auto *label = new PlainLabel({}, Type::Label, m_content);
        label->setTone(PlainLabel::Tone::Secondary);
        auto *value = new PlainLabel({}, Type::Mono, m_content);
        value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
        value->setElided(true);
        m_factGrid->addWidget(label, row, 0);
        m_factGrid->addWidget(value, row, 1);
        m_factLabels += {label, value};
    }
    for (qsizetype i = 0; i < m_factLabels.size(); i += 2) {
        const bool isUsed = i / 2 < facts.size();
        m_factLabels[i]->setVisible(isUsed);
        m_factLabels[i + 1]->setVisible(isUsed);
        if (!isUsed)
            continue;
        const Fact &fact = facts[i / 2];
        if (m_factLabels[i]->text() != fact.label)
            m_factLabels[i]->setText(fact.label);
        if (m_factLabels[i + 1]->text() != fact.value)
            m_factLabels[i + 1]->setText(fact.value);
        m_factLabels[i + 1]->setAccessibleName(tr("%1: %2").arg(fact.label, fact.value));
    }
}

void Inspector::setLists(const QList<List> &lists)
{
    if (lists == m_lists)
        return;
    m_lists = lists;
    while (m_listViews.size() < lists.size()) {
        auto *title = new PlainLabel({}, Type::LabelStrong, m_content);
        title->setTone(PlainLabel::Tone::Muted);
        auto *empty = new PlainLabel({}, Type::Body, m_content);
        empty->setTone(PlainLabel::Tone::Secondary);
        empty->setWordWrap(true);
        auto *view = new QListWidget(m_content);
        view->setFrameShape(QFrame::NoFrame);
        view->setUniformItemSizes(true);
        view->setTextElideMode(Qt::ElideRight);
        view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        view->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        const auto open = [this](const QListWidgetItem *item) {
            emit rowOpened(item->data(kKeyRole).toString());
        };
        // A single click opens, as in the lists of the pages; activated() is the keyboard's.
        connect(view, &QListWidget::itemClicked, this, open);
        connect(view, &QListWidget::itemActivated, this, open);
        m_listColumn->addWidget(title);
        m_listColumn->addWidget(empty);
        m_listColumn->addWidget(view);
        m_listTitles += title;
        m_listEmpties += empty;
        m_listViews += view;
    }
    const Tokens &tokens = tokensFor(palette());
    for (qsizetype i = 0; i < m_listViews.size(); ++i) {
        const bool isUsed = i < lists.size();
        const bool hasRows = isUsed && !lists[i].rows.isEmpty();
        const bool isSaid = isUsed && !hasRows && !lists[i].empty.isEmpty();
        m_listTitles[i]->setVisible(hasRows || isSaid);
        m_listEmpties[i]->setVisible(isSaid);
        m_listViews[i]->setVisible(hasRows);
        if (!isUsed)
            continue;
        const List &list = lists[i];
        m_listTitles[i]->setText(list.title);
        m_listEmpties[i]->setText(list.empty);
        QListWidget *view = m_listViews[i];
        view->setAccessibleName(list.title);
        const int current = view->currentRow();
        while (view->count() > list.rows.size())
            delete view->takeItem(view->count() - 1);
        while (view->count() < list.rows.size())
            view->addItem(new QListWidgetItem);
        for (int row = 0; row < view->count(); ++row) {
            QListWidgetItem *item = view->item(row);
            item->setText(list.rows[row].text);
            item->setToolTip(plainToolTip(list.rows[row].text));
            item->setData(kKeyRole, list.rows[row].key);
            item->setForeground(toneColor(list.rows[row].tone, tokens));
            item->setSizeHint({0, space::kRow});
        }
        view->setCurrentRow(std::min(current, view->count() - 1));
        view->setFixedHeight(view->count() * space::kRow + 2);
    }
}

void Inspector::setCommands(const QList<Command> &commands)
{
    if (commands == m_commands) {
        m_commands = commands; // newer things to run
        return;
    }
    QString focused;
    for (const QPushButton *button : std::as_const(m_buttons)) {
        if (button->hasFocus())
            focused = button->objectName();
    }
    const bool hadFocus = !focused.isEmpty();
    m_commands = commands;
    auto *grid = static_cast<QGridLayout *>(m_buttonHost->layout());
    while (m_buttons.size() < commands.size()) {
        auto *button = new QPushButton(m_buttonHost);
        button->setMinimumHeight(kButtonHeight);
        const auto at = int(m_buttons.size());
        grid->addWidget(button, at / 2, at % 2);
        connect(button, &QPushButton::clicked, this, [this, button] { run(button->objectName()); });
        m_buttons += button;
    }
    for (qsizetype i = 0; i < m_buttons.size(); ++i) {
        QPushButton *button = m_buttons[i];
        button->setVisible(i < commands.size());
        if (i >= commands.size())
            continue;
        const Command &command = commands[i];
        button->setObjectName(command.id);
        button->setText(command.children.isEmpty() ? command.text
                                                   : tr("%1…", "opens a choice").arg(command.text));
        setPlainToolTip(button, command.toolTip);
    }
    m_buttonHost->setVisible(!commands.isEmpty());
    if (!hadFocus)
        return;
    // What was just pressed may be gone, "Probe now" of a provider that is back: its neighbour.
    const auto same = std::find_if(m_buttons.begin(), m_buttons.end(), [&](QPushButton *button) {
        return !button->isHidden() && button->objectName() == focused;
    });
    if (same != m_buttons.end())
        (*same)->setFocus(Qt::OtherFocusReason);
    else
        focusActions();
}

void Inspector::focusActions()
{
    if (!m_buttons.isEmpty() && !m_buttons.first()->isHidden())
        m_buttons.first()->setFocus(Qt::OtherFocusReason);
}

void Inspector::run(const QString &id)
{
    const auto at = std::find_if(m_commands.begin(), m_commands.end(),
                                 [&](const Command &command) { return command.id == id; });
    if (at == m_commands.end())
        return;
    if (at->children.isEmpty()) {
        const auto call = at->run; // it may change the list
        call();
        return;
    }
    const auto button = std::find_if(m_buttons.begin(), m_buttons.end(),
                                     [&](QPushButton *other) { return other->objectName() == id; });
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    fillMenu(menu, at->children);
    menu->popup((*button)->mapToGlobal(QPoint(0, (*button)->height())));
}

void Inspector::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape)
        emit closeRequested();
    else
        QFrame::keyPressEvent(event);
}

void Inspector::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const Tokens &tokens = tokensFor(palette());
    painter.fillRect(rect(), tokens.panel);
    painter.setPen(tokens.hairline);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

} // namespace sb::kit
