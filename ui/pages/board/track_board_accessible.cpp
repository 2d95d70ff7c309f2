#include "pages/board/track_board_accessible.h"

#include "pages/board/track_board.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QPointer>

namespace sb::pages {

namespace {

class Plate final : public QAccessibleInterface, public QAccessibleActionInterface {
public:
    Plate(TrackBoard *board, int index)
        : m_board(board)
        , m_index(index)
    {
    }

    bool isValid() const override { return m_board && m_index < m_board->plateCount(); }
    QObject *object() const override { return nullptr; }
    QWindow *window() const override
    {
        return m_board ? m_board->window()->windowHandle() : nullptr;
    }
    QAccessibleInterface *parent() const override
    {
        return m_board ? QAccessible::queryAccessibleInterface(m_board) : nullptr;
    }
    QAccessibleInterface *child(int) const override { return nullptr; }
    QAccessibleInterface *childAt(int, int) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface *) const override { return -1; }
    void setText(QAccessible::Text, const QString &) override { }
    QRect rect() const override
    {
        if (!isValid())
            return {};
        const QRect inside = m_board->plateRect(m_index);
        return {m_board->mapToGlobal(inside.topLeft()), inside.size()};
    }
    QString text(QAccessible::Text kind) const override
    {
        if (!isValid())
            return {};
        if (kind == QAccessible::Name)
            return m_board->plateName(m_index);
        if (kind == QAccessible::Description)
            return m_board->plateReason(m_index);
        return {};
    }
    QAccessible::Role role() const override { return QAccessible::ListItem; }
    QAccessible::State state() const override
    {
        QAccessible::State state;
        if (!isValid()) {
            state.invalid = true;
            return state;
        }
        state.focusable = true;
        state.selectable = true;
        const bool isCurrent = m_board->currentPlate() == m_index;
        state.focused = isCurrent && m_board->hasFocus();
        state.selected = isCurrent;
        state.invisible = !m_board->isVisible();
        return state;
    }
    void *interface_cast(QAccessible::InterfaceType type) override
    {
        return type == QAccessible::ActionInterface
            ? static_cast<QAccessibleActionInterface *>(this)
            : nullptr;
    }
    QStringList actionNames() const override { return {pressAction(), setFocusAction()}; }
    void doAction(const QString &action) override
    {
        if (!isValid())
            return;
        if (action == setFocusAction()) {
            m_board->setFocus(Qt::OtherFocusReason);
            m_board->setCurrentPlate(m_index);
        } else if (action == pressAction()) {
            m_board->activate(m_index);
        }
    }
    QStringList keyBindingsForAction(const QString &) const override { return {}; }

private:
    QPointer<TrackBoard> m_board;
    int m_index;
};

class Board final : public QAccessibleWidget {
public:
    explicit Board(TrackBoard *board)
        : QAccessibleWidget(board, QAccessible::List)
    {
    }
    ~Board() override
    {
        for (const QAccessible::Id id : std::as_const(m_plates))
            QAccessible::deleteAccessibleInterface(id);
    }

    int childCount() const override { return board()->plateCount(); }
    QAccessibleInterface *child(int index) const override
    {
        if (index < 0 || index >= childCount())
            return nullptr;
        while (m_plates.size() <= index) {
            auto *plate = new Plate(board(), int(m_plates.size()));
            m_plates.append(QAccessible::registerAccessibleInterface(plate));
        }
        return QAccessible::accessibleInterface(m_plates[index]);
    }
    QAccessibleInterface *childAt(int x, int y) const override
    {
        const QPoint point = board()->mapFromGlobal(QPoint(x, y));
        for (int i = 0; i < childCount(); ++i) {
            if (board()->plateRect(i).contains(point))
                return child(i);
        }
        return nullptr;
    }
    int indexOfChild(const QAccessibleInterface *child) const override
    {
        for (int i = 0; i < m_plates.size(); ++i) {
            if (QAccessible::accessibleInterface(m_plates[i]) == child)
                return i;
        }
        return -1;
    }
    QAccessibleInterface *focusChild() const override
    {
        const int current = board()->hasFocus() ? board()->currentPlate() : -1;
        return current >= 0 ? child(current) : QAccessibleWidget::focusChild();
    }

private:
    TrackBoard *board() const { return static_cast<TrackBoard *>(widget()); }
    mutable QList<QAccessible::Id> m_plates; // made when first asked for
};

QAccessibleInterface *factory(const QString &, QObject *object)
{
    auto *board = qobject_cast<TrackBoard *>(object);
    return board ? new Board(board) : nullptr;
}

} // namespace

void installTrackBoardAccessibility()
{
    QAccessible::installFactory(factory); // Qt keeps a list without doubles
}

void plateNamesChanged(TrackBoard *board)
{
    if (!QAccessible::isActive() || !board->isVisible())
        return;
    for (int i = 0; i < board->plateCount(); ++i) {
        QAccessibleEvent event(board, QAccessible::NameChanged);
        event.setChild(i);
        QAccessible::updateAccessibility(&event);
    }
}

} // namespace sb::pages
