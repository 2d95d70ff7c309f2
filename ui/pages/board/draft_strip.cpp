#include "pages/board/draft_strip.h"

#include "kit/console_style.h"
#include "kit/plain_label.h"
#include "kit/tokens.h"
#include "words/plain.h"

#include <QBoxLayout>
#include <QPainter>
#include <QPushButton>

namespace sb::pages {

DraftStrip::DraftStrip(QWidget *parent)
    : QWidget(parent)
    , m_text(new kit::PlainLabel(this))
    , m_review(new QPushButton(tr("Review"), this))
    , m_apply(new QPushButton(tr("Apply"), this))
    , m_discard(new QPushButton(tr("Discard"), this))
    , m_takeBack(new QPushButton(tr("Undo"), this))
    , m_done(new QPushButton(tr("Stop editing"), this))
{
    setAccessibleName(tr("Draft of chains"));
    m_text->setElided(true);
    kit::setPrimary(m_apply);
    kit::setPlainToolTip(m_apply, tr("Apply the draft (Ctrl+S)"));
    kit::setPlainToolTip(m_discard, tr("Back to what runs; Ctrl+Z brings the draft back"));
    kit::setPlainToolTip(m_takeBack, tr("Put back the chains as they were before Apply"));
    kit::setPlainToolTip(m_done, tr("Leave edit mode, the draft stays (E)"));
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(kit::space::kGap, kit::space::kGrid, kit::space::kInside,
                            kit::space::kGrid);
    row->setSpacing(kit::space::kInside);
    row->addWidget(m_text, 1);
    for (QPushButton *button : {m_review, m_apply, m_discard, m_takeBack, m_done})
        row->addWidget(button);
    connect(m_review, &QPushButton::clicked, this, &DraftStrip::reviewAsked);
    connect(m_apply, &QPushButton::clicked, this, &DraftStrip::applyAsked);
    connect(m_discard, &QPushButton::clicked, this, &DraftStrip::discardAsked);
    connect(m_takeBack, &QPushButton::clicked, this, &DraftStrip::takeBackAsked);
    connect(m_done, &QPushButton::clicked, this, &DraftStrip::doneAsked);
}

void DraftStrip::setState(bool isEditing, int changes, const QString &entrance, quint32 applied)
{
    const QString count = tr("%n change(s), not applied yet.", nullptr, changes);
    QString text = changes > 0 ? count : QString();
    if (isEditing) {
        const QString next = entrance.isEmpty()
            ? tr("Pick a chain, then a provider to add. Alt+Up and Alt+Down move a target, Del "
                 "removes it.")
            : tr("Now pick the provider to add to %1.").arg(words::visible(entrance));
        // With its four buttons beside it, the line has room for one sentence.
        text = changes > 0 && entrance.isEmpty() ? count : next;
        setAccessibleDescription(next);
    }
    const bool canTakeBack = applied > 0 && changes == 0;
    if (canTakeBack)
        text = tr("Version %1 runs.").arg(applied);
    if (text != m_text->text())
        m_text->setText(text);
    m_takeBack->setVisible(canTakeBack);
    for (QPushButton *button : {m_review, m_apply, m_discard})
        button->setVisible(changes > 0);
    m_done->setVisible(isEditing);
}

QString DraftStrip::text() const
{
    return m_text->text();
}

void DraftStrip::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const kit::Tokens &tokens = kit::tokensFor(palette());
    painter.fillRect(rect(), kit::mix(tokens.panel, tokens.accent, 0.08));
    painter.fillRect(QRect(0, 0, 3, height()), tokens.accent);
}

} // namespace sb::pages
