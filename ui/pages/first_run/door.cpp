#include "pages/first_run/door.h"

#include "kit/plain_label.h"
#include "kit/plate.h"
#include "kit/tokens.h"

#include <QVBoxLayout>

namespace sb::pages {

Door::Door(const QString &title, const QString &note, QWidget *parent)
    : QWidget(parent)
    , m_body(new QVBoxLayout(this))
{
    setAccessibleName(title);
    m_body->setContentsMargins(kit::space::kMargin, kit::space::kGap, kit::space::kMargin,
                               kit::space::kGap);
    m_body->setSpacing(kit::space::kInside);
    m_body->addWidget(new kit::PlainLabel(title, kit::Type::Strong, this));
    auto *text = new kit::PlainLabel(note, kit::Type::Label, this);
    text->setTone(kit::PlainLabel::Tone::Secondary);
    text->setWordWrap(true);
    m_body->addWidget(text);
}

void Door::paintEvent(QPaintEvent *)
{
    kit::paintPlate(this, kit::tokensFor(palette()).panel);
}

} // namespace sb::pages
