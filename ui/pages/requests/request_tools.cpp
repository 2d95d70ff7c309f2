#include "pages/requests/request_tools.h"

#include "link/engine_link.h"
#include "record/exchange_json.h"
#include "words/plain.h"

#include <QSettings>

namespace sb::pages {

namespace {
const QString kFormat = QStringLiteral("requests/copy_format");
}

RequestTools::RequestTools(link::EngineLink &link, QSettings &settings, QObject *parent)
    : QObject(parent)
    , m_link(link)
    , m_settings(settings)
{
    const int saved = settings.value(kFormat).toInt();
    if (saved >= 0 && saved < words::kCodeFormats)
        m_format = words::CodeFormat(saved);
}

void RequestTools::copy(const Ptr &exchange)
{
    copyAs(m_format, exchange);
}

void RequestTools::copyAs(words::CodeFormat format, const Ptr &exchange)
{
    if (!exchange)
        return;
    if (m_format != format) {
        m_format = format;
        m_settings.setValue(kFormat, int(format));
    }
    if (!words::usesBody(format, *exchange)) {
        copyCode(format, *exchange, {});
        return;
    }
    m_link.control()
        .requestBody(exchange->id)
        .then(this, [this, format, exchange](const Result<QByteArray> &body) {
            if (body && !body->isEmpty())
                copyCode(format, *exchange, *body);
            else
                copyRecorded(format, exchange);
        });
}

// No longer in memory: it may have been recorded, and whole.
void RequestTools::copyRecorded(words::CodeFormat format, const Ptr &exchange)
{
    m_link.history()
        .capture(exchange->id)
        .then(this, [this, format, exchange](const Result<Capture> &answer) {
            QByteArray body;
            if (answer && answer->exchange && !answer->exchange->request.body.isTruncated())
                body = answer->exchange->request.body.bytes;
            copyCode(format, *exchange, body);
        });
}

void RequestTools::copyCode(words::CodeFormat format, const Exchange &exchange,
                            const QByteArray &body)
{
    emit copyRequested(words::requestCode(
        format, exchange, {.base = m_link.frame()->addresses.value(0), .body = body}));
    const bool isWhole = !body.isEmpty() || exchange.ask.endpoint == Endpoint::Models;
    emit said(isWhole ? tr("Copied as %1. The key is the variable SIGNALBOX_KEY.")
                            .arg(words::codeFormat(format))
                      : tr("Copied as %1 with a small body: the recorded one is not at hand.")
                            .arg(words::codeFormat(format)));
}

void RequestTools::copyJson(const Ptr &exchange)
{
    if (!exchange)
        return;
    emit copyRequested(QString::fromUtf8(toJson(*exchange)));
    emit said(tr("Copied the record as JSON, without its body."));
}

void RequestTools::replay(const Ptr &exchange, const std::optional<TargetRef> &target)
{
    if (!exchange)
        return;
    m_link.control()
        .replay(exchange->id, target)
        .then(this, [this, id = exchange->id](const Result<ExchangeId> &answer) {
            if (answer) {
                emit said(tr("Sent again as a replay; it counts in spend."));
                emit replayed(id, *answer);
                return;
            }
            const Error &error = answer.error();
            if (error.code == u"body_gone")
                emit said(tr("The body of this request is no longer in memory, so it cannot be "
                             "sent again."));
            else
                emit said(tr("The request could not be sent again: %1.")
                              .arg(words::trimmed(
                                  error.detail.isEmpty() ? error.code : error.detail, 200)));
        });
}

QList<TargetRef> RequestTools::targetsFor(const Exchange &exchange) const
{
    constexpr qsizetype kMost = 40;
    QList<TargetRef> targets;
    const auto add = [&](const TargetRef &target) {
        const bool isKnown
            = std::any_of(targets.begin(), targets.end(), [&](const TargetRef &known) {
                  return known.provider == target.provider && known.model == target.model;
              });
        if (!isKnown && targets.size() < kMost && !target.model.isEmpty())
            targets.append({target.provider, target.model, KeyId()});
    };
    for (const Candidate &candidate : exchange.decision.candidates)
        add(candidate.target);
    const FramePtr frame = m_link.frame();
    for (const ChainView &chain : frame->chains) {
        for (const ChainTargetView &target : chain.targets)
            add({target.provider, target.model, KeyId()});
    }
    return targets;
}

} // namespace sb::pages
