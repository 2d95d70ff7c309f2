#include "shell/first_request.h"

#include "kit/copy_button.h"
#include "kit/icons.h"
#include "kit/plain_label.h"
#include "kit/tokens.h"

#include <QGridLayout>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>

namespace sb::shell {

namespace {

// A JSON string inside single quotes of a shell.
QString quoted(const QString &text)
{
    QString out;
    for (const QChar c : text) {
        if (c == u'"' || c == u'\\')
            out += u'\\';
        if (c == u'\'')
            out += QStringLiteral("'\\''");
        else if (c >= u' ')
            out += c;
    }
    return out;
}

} // namespace

FirstRequest::FirstRequest(QWidget *parent)
    : QWidget(parent)
    , m_key(new kit::PlainLabel({}, kit::Type::Mono, this))
    , m_request(new kit::PlainLabel({}, kit::Type::Mono, this))
    , m_copyKey(new kit::CopyButton(tr("Copy the key line"), this))
    , m_copyRequest(new kit::CopyButton(tr("Copy the request line"), this))
{
    auto *title = new kit::PlainLabel(tr("Send a first request, from here or from a terminal"),
                                      kit::Type::Strong, this);
    auto *test = new QPushButton(tr("Send a test request"), this);
    auto *close = new QToolButton(this);
    close->setIcon(kit::icon(kit::Glyph::Close));
    close->setAutoRaise(true);
    close->setFocusPolicy(Qt::TabFocus);
    close->setAccessibleName(tr("Hide the first request"));
    kit::setPlainToolTip(close, tr("Hide the first request"));
    for (kit::PlainLabel *line : {m_key, m_request}) {
        line->setElided(true);
        line->setTone(kit::PlainLabel::Tone::Secondary);
    }
    m_key->setText(keyLine());
    m_copyKey->setCopied(keyLine());

    auto *grid = new QGridLayout(this);
    grid->setContentsMargins(kit::space::kGap, kit::space::kInside, kit::space::kInside,
                             kit::space::kInside);
    grid->setHorizontalSpacing(kit::space::kInside);
    grid->setVerticalSpacing(0);
    auto *head = new QHBoxLayout;
    head->addWidget(title, 1);
    head->addWidget(test);
    grid->addLayout(head, 0, 0);
    grid->addWidget(close, 0, 1);
    grid->addWidget(m_key, 1, 0);
    grid->addWidget(m_copyKey, 1, 1);
    grid->addWidget(m_request, 2, 0);
    grid->addWidget(m_copyRequest, 2, 1);
    grid->setColumnStretch(0, 1);
    connect(test, &QPushButton::clicked, this, [this] { emit testAsked(m_model); });
    connect(close, &QToolButton::clicked, this, &FirstRequest::dismissed);
}

void FirstRequest::setTarget(const QString &base, const QString &model)
{
    m_model = model;
    const QString line
        = QStringLiteral("curl -N %1/v1/chat/completions "
                         "-H \"Authorization: Bearer $SIGNALBOX_KEY\" "
                         "-H 'Content-Type: application/json' "
                         "-d '{\"model\":\"%2\",\"stream\":true,"
                         "\"messages\":[{\"role\":\"user\",\"content\":\"Say hello\"}]}'")
              .arg(base, quoted(model));
    m_request->setText(line);
    m_copyRequest->setCopied(line);
}

QString FirstRequest::keyLine() const
{
    return QStringLiteral("export SIGNALBOX_KEY=\"$(signalboxd keys show default)\"");
}

QString FirstRequest::requestLine() const
{
    return m_request->text();
}

void FirstRequest::paintEvent(QPaintEvent *)
{
    const kit::Tokens &t = kit::tokensFor(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(t.plateBorder);
    painter.setBrush(t.panel);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), kit::space::kPlateRadius,
                            kit::space::kPlateRadius);
}

} // namespace sb::shell
