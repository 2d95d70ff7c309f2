#include "kit/plain_label.h"

#include "kit/table.h"
#include "kit/tokens.h"
#include "words/plain.h"

#include <QEvent>
#include <QTextDocument>

namespace sb::kit {

PlainLabel::PlainLabel(QWidget *parent)
    : QLabel(parent)
{
    setTextFormat(Qt::PlainText);
    setOpenExternalLinks(false);
    setTextInteractionFlags(Qt::NoTextInteraction);
    QLabel::setFont(kit::font(m_type));
}

PlainLabel::PlainLabel(const QString &text, Type type, QWidget *parent)
    : PlainLabel(parent)
{
    setType(type);
    setText(text);
}

void PlainLabel::setText(const QString &text)
{
    if (m_text == text)
        return;
    m_text = text;
    display();
}

void PlainLabel::setType(Type type)
{
    m_type = type;
    QLabel::setFont(kit::font(type));
    display();
}

void PlainLabel::setTone(Tone tone)
{
    m_tone = tone;
    applyTone();
}

void PlainLabel::setElided(bool isElided)
{
    m_isElided = isElided;
    setSizePolicy(isElided ? QSizePolicy::Ignored : QSizePolicy::Preferred,
                  sizePolicy().verticalPolicy());
    display();
}

QSize PlainLabel::minimumSizeHint() const
{
    QSize size = QLabel::minimumSizeHint();
    if (m_isElided)
        size.setWidth(24);
    return size;
}

QSize PlainLabel::sizeHint() const
{
    if (!m_isElided)
        return QLabel::sizeHint();
    const QFontMetrics metrics = fontMetrics();
    return {metrics.horizontalAdvance(words::visible(m_text)) + 2, QLabel::sizeHint().height()};
}

void PlainLabel::changeEvent(QEvent *event)
{
    QLabel::changeEvent(event);
    // Setting our colour changes the palette too; only a change from outside counts.
    if (event->type() == QEvent::PaletteChange && !m_isApplying)
        applyTone();
    if (event->type() == QEvent::FontChange)
        display();
}

void PlainLabel::resizeEvent(QResizeEvent *event)
{
    QLabel::resizeEvent(event);
    if (m_isElided)
        display();
}

void PlainLabel::applyTone()
{
    if (m_tone == Tone::Text && !testAttribute(Qt::WA_SetPalette))
        return;
    m_isApplying = true;
    const Tokens &t = tokensFor(palette());
    const QColor color = toneColor(m_tone, t);
    // Only the text role is set, so the surface keeps following the parent.
    QPalette own;
    own.setColor(QPalette::WindowText, color);
    own.setColor(QPalette::Disabled, QPalette::WindowText, t.muted);
    setPalette(own);
    m_isApplying = false;
}

void PlainLabel::display()
{
    const QString shown = words::visible(m_text);
    if (!m_isElided) {
        QLabel::setText(shown);
        return;
    }
    const QString fitting = fontMetrics().elidedText(shown, Qt::ElideRight, contentsRect().width());
    QLabel::setText(fitting);
    setToolTip(fitting == shown ? QString() : plainToolTip(shown));
}

void setPlainToolTip(QWidget *widget, const QString &text)
{
    widget->setToolTip(plainToolTip(text));
}

QString plainToolTip(const QString &text)
{
    const QString shown = words::visible(text);
    return Qt::mightBeRichText(shown) ? Qt::convertFromPlainText(shown, Qt::WhiteSpaceNormal)
                                      : shown;
}

} // namespace sb::kit
