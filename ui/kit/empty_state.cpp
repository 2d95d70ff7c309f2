#include "kit/empty_state.h"

#include "kit/console_style.h"
#include "kit/tokens.h"

#include <QPushButton>
#include <QVBoxLayout>

namespace sb::kit {

EmptyState::EmptyState(const QString &line, const QString &button, QWidget *parent)
    : QWidget(parent)
    , m_line(new PlainLabel(line, Type::Body, this))
    , m_button(new QPushButton(button, this))
{
    m_line->setTone(PlainLabel::Tone::Secondary);
    m_line->setAlignment(Qt::AlignCenter);
    m_line->setWordWrap(true);
    m_button->setVisible(!button.isEmpty());
    setPrimary(m_button);
    auto *column = new QVBoxLayout(this);
    column->setSpacing(space::kGap);
    column->addStretch();
    column->addWidget(m_line);
    column->addWidget(m_button, 0, Qt::AlignHCenter);
    column->addStretch();
    connect(m_button, &QPushButton::clicked, this, &EmptyState::clicked);
}

void EmptyState::setLine(const QString &line)
{
    m_line->setText(line);
}

} // namespace sb::kit
