#include "kit/copy_button.h"

#include "kit/clipboard.h"
#include "kit/icons.h"
#include "kit/plain_label.h"

#include <QAccessible>
#include <QTimer>

namespace sb::kit {

CopyButton::CopyButton(const QString &what, QWidget *parent)
    : QToolButton(parent)
    , m_what(what)
    , m_back(new QTimer(this))
{
    setIcon(kit::icon(Glyph::Copy));
    setAutoRaise(true);
    setFocusPolicy(Qt::TabFocus);
    setAccessibleName(what);
    setPlainToolTip(this, what);
    m_back->setSingleShot(true);
    m_back->setInterval(1500);
    connect(this, &QToolButton::clicked, this, &CopyButton::copy);
    connect(m_back, &QTimer::timeout, this, [this] {
        setIcon(kit::icon(Glyph::Copy));
        setAccessibleDescription({});
        setPlainToolTip(this, m_what);
    });
}

void CopyButton::copy()
{
    copyText(m_text);
    setIcon(kit::icon(Glyph::Check));
    const QString done = tr("Copied");
    setPlainToolTip(this, done);
    setAccessibleDescription(done);
    m_back->start();
    emit copiedNow();
}

} // namespace sb::kit
