#include "pages/requests/mark_bar.h"

#include "kit/plain_label.h"
#include "kit/tokens.h"
#include "pages/requests/request_delegate.h"

#include <QBoxLayout>
#include <QButtonGroup>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>

namespace sb::pages {

using models::RequestMarks;

namespace {

class ShapeButton final : public QToolButton {
public:
    explicit ShapeButton(RequestMarks::Shape shape)
        : m_shape(shape)
    {
        setCheckable(true);
        setAutoRaise(true);
        setFixedSize(28, 28);
    }

protected:
    void paintEvent(QPaintEvent *event) override
    {
        QToolButton::paintEvent(event);
        QPainter painter(this);
        const kit::Tokens &t = kit::tokensFor(palette());
        paintMark(painter, rect(), m_shape, isChecked() ? t.accent : t.secondary);
    }

private:
    RequestMarks::Shape m_shape;
};

} // namespace

MarkBar::MarkBar(QWidget *parent)
    : QWidget(parent)
    , m_shapes(new QButtonGroup(this))
    , m_note(new QLineEdit)
    , m_remove(new QPushButton(tr("Remove mark")))
{
    setAccessibleName(tr("Mark the request"));
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(kit::space::kGrid);
    auto *label = new kit::PlainLabel(tr("Mark"), kit::Type::Label);
    label->setTone(kit::PlainLabel::Tone::Secondary);
    row->addWidget(label);
    const QStringList names{tr("Circle"), tr("Triangle"), tr("Square"), tr("Diamond")};
    for (int i = 0; i < int(names.size()); ++i) {
        auto *button = new ShapeButton(RequestMarks::Shape(i));
        button->setAccessibleName(names[i]);
        kit::setPlainToolTip(button, tr("%1 (%2)", "a shape, its key").arg(names[i]).arg(i + 1));
        m_shapes->addButton(button, i);
        row->addWidget(button);
    }
    m_note->setAccessibleName(tr("Note"));
    m_note->setPlaceholderText(tr("Note"));
    m_note->setTextMargins(4, 0, 0, 0);
    m_note->setMaxLength(int(RequestMarks::kNoteLength));
    row->addWidget(m_note, 1);
    row->addWidget(m_remove);
    auto *done = new QPushButton(tr("Done"));
    row->addWidget(done);
    connect(m_shapes, &QButtonGroup::idClicked, this, &MarkBar::say);
    connect(m_note, &QLineEdit::textEdited, this, &MarkBar::say);
    connect(m_note, &QLineEdit::returnPressed, this, &MarkBar::closed);
    connect(done, &QPushButton::clicked, this, &MarkBar::closed);
    connect(m_remove, &QPushButton::clicked, this, [this] {
        emit removed(m_id);
        emit closed();
    });
}

void MarkBar::setMark(const ExchangeId &id, const std::optional<RequestMarks::Mark> &mark)
{
    m_id = id;
    const RequestMarks::Mark shown = mark.value_or(RequestMarks::Mark{});
    m_shapes->button(int(shown.shape))->setChecked(true);
    if (m_note->text() != shown.note)
        m_note->setText(shown.note);
    m_remove->setEnabled(mark.has_value());
}

void MarkBar::focusShapes()
{
    m_shapes->checkedButton()->setFocus(Qt::ShortcutFocusReason);
}

void MarkBar::say()
{
    m_remove->setEnabled(true);
    emit marked(m_id, {RequestMarks::Shape(m_shapes->checkedId()), m_note->text()});
}

void MarkBar::keyPressEvent(QKeyEvent *event)
{
    const int shape = event->key() - Qt::Key_1;
    if (shape >= 0 && shape <= int(RequestMarks::Shape::Diamond) && !m_note->hasFocus()) {
        m_shapes->button(shape)->setChecked(true);
        m_shapes->button(shape)->setFocus(Qt::ShortcutFocusReason);
        say();
        return;
    }
    const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (isEnter && m_shapes->buttons().contains(qobject_cast<QAbstractButton *>(focusWidget()))) {
        say(); // the shape it stands on
        emit closed();
        return;
    }
    QWidget::keyPressEvent(event);
}

} // namespace sb::pages
