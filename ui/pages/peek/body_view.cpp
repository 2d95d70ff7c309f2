#include "pages/peek/body_view.h"

#include "kit/copy_button.h"
#include "kit/plain_label.h"
#include "kit/run_aside.h"
#include "kit/tokens.h"
#include "models/captured_text.h"
#include "pages/peek/text_pane.h"
#include "words/format.h"
#include "words/request_code.h"

#include <QBoxLayout>
#include <QCheckBox>
#include <QComboBox>
#include <QPushButton>

namespace sb::pages {

namespace {

struct Shown {
    QString head;
    QString body;
};

// One answer of a stream is many documents: only a body that is one is indented.
Shown shownOf(const CapturedMessage &message, bool isRaw)
{
    Shown shown{.head = models::readable(message.head), .body = {}};
    const auto nicer = isRaw ? std::nullopt : models::indented(message.body.bytes);
    shown.body = models::readable(nicer ? *nicer : message.body.bytes);
    return shown;
}

} // namespace

BodyView::BodyView(Side side, CaptureSource &source, QWidget *parent)
    : CaptureView(source,
                  side == Side::Request ? tr("Bytes of the request") : tr("Bytes of the answer"),
                  parent)
    , m_side(side)
    , m_which(new QComboBox)
    , m_raw(new QCheckBox(tr("Raw")))
    , m_copy(new kit::CopyButton(tr("Copy the body")))
    , m_curl(new QPushButton(tr("Copy as cURL")))
    , m_note(new kit::PlainLabel(QString(), kit::Type::Label))
{
    setAccessibleName(side == Side::Request ? tr("Request") : tr("Response"));
    m_which->setAccessibleName(tr("Which message"));
    m_which->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_which->setMinimumContentsLength(16);
    kit::setPlainToolTip(m_raw, tr("As the bytes came, without indentation"));
    kit::setPlainToolTip(m_curl, tr("The client's request, with $SIGNALBOX_KEY for its key"));
    m_note->setTone(kit::PlainLabel::Tone::Secondary);
    m_note->setWordWrap(true);
    m_curl->setVisible(side == Side::Request);
    connect(m_which, &QComboBox::currentIndexChanged, this, &BodyView::showMessage);
    connect(m_raw, &QCheckBox::toggled, this, &BodyView::showMessage);
    connect(m_curl, &QPushButton::clicked, this, &BodyView::copyCurl);
    auto *row = new QHBoxLayout;
    row->setSpacing(kit::space::kInside);
    row->addWidget(m_which, 1);
    row->addWidget(m_raw);
    row->addWidget(m_curl);
    row->addWidget(m_copy);
    content()->addLayout(row);
    content()->addWidget(m_note);
    content()->addWidget(pane(), 1);
}

QString BodyView::note() const
{
    return m_note->text();
}

void BodyView::fill(const CapturedExchange &captured)
{
    const QSignalBlocker quiet(m_which);
    m_which->clear();
    m_which->addItem(m_side == Side::Request ? tr("From the client") : tr("To the client"));
    for (const CapturedAttempt &attempt : captured.attempts)
        m_which->addItem(attemptName(attempt));
    showMessage();
}

const CapturedMessage *BodyView::message() const
{
    const auto captured = source().captured();
    const int at = m_which->currentIndex();
    if (!captured || at < 0 || at > captured->attempts.size())
        return nullptr;
    if (at == 0)
        return m_side == Side::Request ? &captured->request : &captured->reply;
    const CapturedAttempt &attempt = captured->attempts[at - 1];
    return m_side == Side::Request ? &attempt.request : &attempt.answer;
}

void BodyView::showMessage()
{
    const CapturedMessage *shown = message();
    if (!shown)
        return;
    const CapturedBody &body = shown->body;
    const QString size = words::bytes(body.size);
    QString note;
    if (shown->head.isEmpty() && body.size == 0)
        note = m_side == Side::Request ? tr("Nothing was sent.") : tr("No answer came.");
    else if (body.size == 0)
        note = m_side == Side::Request ? tr("It has no body.") : tr("The answer had no body.");
    else if (body.isTruncated())
        note = tr("Cut: the first %1 of %2 are recorded.")
                   .arg(words::bytes(body.bytes.size()), size);
    else
        note = tr("%1, whole.", "size of a body").arg(size);
    m_note->setText(note);
    m_note->setTone(body.isTruncated() ? kit::PlainLabel::Tone::Caution
                                       : kit::PlainLabel::Tone::Secondary);
    m_copy->setEnabled(!body.bytes.isEmpty());
    m_copy->setCopied(QString::fromUtf8(body.bytes));
    pane()->setSections({});
    // The message lives as long as the capture does.
    const auto captured = source().captured();
    const int turn = ++m_turn;
    kit::runAside<Shown>(
        this, [captured, shown, isRaw = m_raw->isChecked()] { return shownOf(*shown, isRaw); },
        [this, turn](const Shown &text) {
            if (turn != m_turn)
                return;
            QList<TextSection> sections;
            if (!text.head.isEmpty()) {
                sections.append({.title = tr("Head"),
                                 .body = text.head.trimmed(),
                                 .tone = kit::PlainLabel::Tone::Muted,
                                 .isFolded = m_side == Side::Request,
                                 .isMono = true});
            }
            if (!text.body.isEmpty()) {
                sections.append({.title = tr("Body"),
                                 .body = text.body,
                                 .tone = kit::PlainLabel::Tone::Muted,
                                 .isMono = true});
            }
            pane()->setSections(sections);
        });
}

// The body as the client sent it; where only its beginning is kept, a small one stands in.
void BodyView::copyCurl()
{
    const auto captured = source().captured();
    if (!captured || !source().exchange())
        return;
    const CapturedBody &body = captured->request.body;
    emit copyRequested(
        words::requestCode(words::CodeFormat::Curl, *source().exchange(),
                           {.base = source().base(),
                            .body = body.isTruncated() ? QByteArray() : body.bytes,
                            .target = models::readHead(captured->request.head).target()}));
    emit source().said(body.isTruncated()
                           ? tr("Copied as cURL with a small body: the recorded one is not whole.")
                           : tr("Copied as cURL. The key is the variable SIGNALBOX_KEY."));
}

} // namespace sb::pages
