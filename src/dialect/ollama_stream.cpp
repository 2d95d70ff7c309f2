#include "dialect/errors.h"
#include "dialect/ollama.h"
#include "dialect/provider_error.h"
#include "dialect/scratch.h"

namespace sb::dialect::ollama {

namespace {

// One JSON object a line. [dialects §6.1] Terminal: `done` true.
class Reader final : public StreamReader {
public:
    explicit Reader(const StreamOptions &options)
        : m_limit(options.eventLimit)
    {
    }

    StreamStep feed(QByteArrayView bytes) override;
    StreamStep finish(bool isUnframed) override;

private:
    bool take(QByteArrayView line, StreamStep &step); // false: the stream is over

    qsizetype m_limit;
    QByteArray m_pending; // the start of a line; after a step, what its `forward` points into
    qsizetype m_given = 0; // bytes of m_pending that went out with the last step
    bool m_isOver = false;
};

StreamStep Reader::feed(QByteArrayView bytes)
{
    StreamStep step;
    if (m_isOver)
        return step;
    m_pending.remove(0, std::exchange(m_given, 0));
    const bool isOwn = !m_pending.isEmpty();
    const qsizetype held = m_pending.size();
    if (isOwn)
        m_pending.append(bytes);
    const QByteArrayView all = isOwn ? QByteArrayView(m_pending) : bytes;
    qsizetype from = 0;
    qsizetype look = held; // no line feed before this
    while (!m_isOver) {
        const qsizetype end = all.indexOf('\n', look);
        if ((end < 0 ? all.size() : end) - from > m_limit) {
            m_isOver = true;
            step.isBroken = true;
            break;
        }
        if (end < 0)
            break;
        look = end + 1;
        if (take(all.sliced(from, end - from), step))
            from = look;
        else if (step.isTerminal)
            from = look;
    }
    step.forward = all.first(from);
    if (isOwn)
        m_given = from;
    else if (!m_isOver)
        m_pending = all.sliced(from).toByteArray();
    return step;
}

StreamStep Reader::finish(bool)
{
    StreamStep step;
    if (m_isOver)
        return step;
    m_isOver = true;
    m_pending.remove(0, std::exchange(m_given, 0));
    // The last object may stand without its line feed; half of one is a cut.
    const QByteArrayView rest(m_pending);
    if (rest.trimmed().isEmpty() || !scratch().run(rest.trimmed()))
        return step;
    if (take(rest, step) || step.isTerminal)
        step.forward = m_pending;
    tidyScratch();
    return step;
}

bool Reader::take(QByteArrayView line, StreamStep &step)
{
    constexpr QByteArrayView kMark("\xEF\xBB\xBF");
    if (line.startsWith(kMark))
        line = line.sliced(kMark.size());
    line = line.trimmed();
    if (line.isEmpty())
        return true;
    json::Scan &scan = scratch();
    if (!scan.run(line) || !scan.root().isObject()) {
        m_isOver = true;
        step.isBroken = true;
        return false;
    }
    const json::Node root = scan.root();
    if (errorMember(root).exists()) {
        m_isOver = true;
        step.error = readErrorNode(200, root);
        return false;
    }
    const Said said = readObject(root);
    if (m_model.isEmpty())
        m_model = said.model.text();
    m_contentChars += said.contentChars;
    m_hasContent |= said.hasContent;
    step.hasContent |= said.hasContent;
    m_isBadToolJson |= said.isBadToolJson;
    if (said.usage.source != UsageSource::None)
        m_usage = said.usage;
    if (!said.isDone)
        return true;
    m_isOver = true;
    m_isWhole = true;
    m_finish = said.finish;
    m_isBadToolJson &= m_finish != Finish::Length;
    const json::Node reason = root.find("done_reason");
    m_isEmptyAnswer = m_finish == Finish::Length || reason.is("load") || reason.is("unload");
    step.isTerminal = true;
    return false;
}

} // namespace

std::unique_ptr<StreamReader> makeStreamReader(const StreamOptions &options)
{
    return std::make_unique<Reader>(options);
}

QByteArray streamError(const ClientError &error)
{
    return ollamaErrorBody(error) + '\n';
}

} // namespace sb::dialect::ollama
