#include "pages/board/empty_board.h"

#include "kit/console_style.h"
#include "kit/plain_label.h"
#include "kit/tokens.h"

#include <QBoxLayout>
#include <QPainter>
#include <QPushButton>

namespace sb::pages {

EmptyBoard::EmptyBoard(QWidget *parent)
    : QWidget(parent)
    , m_address(new kit::PlainLabel(QString(), kit::Type::Mono, this))
    , m_start(new QPushButton(tr("Start with simulated providers"), this))
{
    auto *title = new kit::PlainLabel(tr("No provider yet"), kit::Type::Title, this);
    auto *text = new kit::PlainLabel(tr("Clients, chains and providers will be here, and every "
                                        "request on its way between them."),
                                     kit::Type::Body, this);
    text->setTone(kit::PlainLabel::Tone::Secondary);
    text->setWordWrap(true);
    auto *note = new kit::PlainLabel(tr("Three simulated providers and a chain: nothing leaves "
                                        "this computer, nothing costs money."),
                                     kit::Type::Label, this);
    note->setTone(kit::PlainLabel::Tone::Muted);
    note->setWordWrap(true);
    m_address->setTone(kit::PlainLabel::Tone::Secondary);
    kit::setPrimary(m_start);

    auto *inner = new QVBoxLayout;
    inner->setSpacing(kit::space::kGap);
    inner->addStretch(2);
    inner->addWidget(title);
    inner->addWidget(text);
    inner->addWidget(m_address);
    auto *row = new QHBoxLayout;
    row->addWidget(m_start);
    row->addStretch();
    inner->addLayout(row);
    inner->addWidget(note);
    inner->addStretch(3);
    auto *outer = new QHBoxLayout(this);
    outer->addStretch(1);
    outer->addLayout(inner, 4);
    outer->addStretch(1);
    // The page goes when the engine's next frame has providers, not before.
    connect(m_start, &QPushButton::clicked, this, &EmptyBoard::startRequested);
    setAddress({});
}

void EmptyBoard::setAddress(const QString &address)
{
    m_address->setText(address.isEmpty() ? tr("The gateway is not listening yet.")
                                         : tr("The gateway listens at %1").arg(address));
}

void EmptyBoard::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), kit::tokensFor(palette()).panel);
}

} // namespace sb::pages
