#include "dialect/errors.h"
#include "dialect/gemini.h"
#include "dialect/provider_error.h"
#include "dialect/scratch.h"
#include "dialect/sse_reader.h"

namespace sb::dialect::gemini {

namespace {

// What one response means, in either framing.
class Tap {
public:
    enum class Verdict : quint8 { Fine, Broken, Failed };

    Verdict read(QByteArrayView text, std::optional<ProviderError> &error)
    {
        json::Scan &scan = scratch();
        if (!scan.run(text))
            return Verdict::Broken;
        json::Node root = scan.root();
        // The endpoint in OpenAI's shape wraps errors in an array. [dialects §9.1]
        if (root.isArray() && !root.isEmpty())
            root = *root.items().begin();
        if (!root.isObject())
            return Verdict::Broken;
        if (errorMember(root).exists()) {
            error = readErrorNode(200, root);
            return Verdict::Failed;
        }
        answer.parts.hasContent = false;
        answer.read(root, counters, model);
        return Verdict::Fine;
    }

    AnswerFacts answer;
    Counters counters;
    QByteArray model;
};

// [dialects §5.5] Whole with a finishReason; more may follow it, and the end is the body's.
class EventReader final : public SseReader {
public:
    explicit EventReader(const StreamOptions &options)
        : SseReader(options.eventLimit)
    {
    }

private:
    Verdict onEvent(const SseEvent &event, StreamStep &step) override
    {
        QByteArrayView text = event.data;
        if (!event.hasData) {
            // Some errors come without their `data:`.
            text = event.raw.trimmed();
            if (!text.startsWith('{') && !text.startsWith('['))
                return Verdict::Pass;
        } else if (text.trimmed().isEmpty()) {
            return Verdict::Drop;
        } else if (text == "[DONE]") {
            return Verdict::Drop; // the SDK would read it as JSON
        }
        switch (m_tap.read(text, step.error)) {
        case Tap::Verdict::Broken:
            return Verdict::Broken;
        case Tap::Verdict::Failed:
            m_finish = Finish::Error;
            return Verdict::Failed;
        case Tap::Verdict::Fine:
            break;
        }
        if (m_tap.answer.parts.hasContent)
            foundContent(step);
        m_finish = m_tap.answer.settled();
        m_usage = m_tap.counters.usage();
        m_model = m_tap.model;
        m_contentChars = m_tap.answer.parts.characters;
        m_isWhole = m_finish != Finish::None;
        m_isEmptyAnswer = m_finish == Finish::Filtered || m_finish == Finish::Length;
        return Verdict::Pass;
    }

    Tap m_tap;
};

// `[{…},{…}]` as it comes: elements go on whole, with what stands before them.
class ArrayReader final : public StreamReader {
public:
    explicit ArrayReader(const StreamOptions &options)
        : m_limit(options.eventLimit)
    {
    }

    StreamStep feed(QByteArrayView bytes) override
    {
        StreamStep step;
        m_forward.clear();
        if (m_isOver)
            return step;
        m_pending.append(bytes);
        while (!m_isOver && m_at < m_pending.size())
            take(m_pending[m_at++], step);
        if (!m_isOver && m_pending.size() > m_limit) {
            step.isBroken = true;
            m_isOver = true;
        }
        step.forward = m_forward;
        return step;
    }

    StreamStep finish(bool) override
    {
        StreamStep step;
        m_isOver = true;
        tidyScratch();
        step.isTerminal = m_isWhole;
        return step;
    }

private:
    void take(char c, StreamStep &step)
    {
        if (m_isInString) {
            if (m_isAfterBackslash)
                m_isAfterBackslash = false;
            else if (c == '\\')
                m_isAfterBackslash = true;
            else if (c == '"')
                m_isInString = false;
            return;
        }
        if (c == '"') {
            m_isInString = true;
        } else if (c == '{' || c == '[') {
            if (++m_depth == 2)
                m_elementStart = m_at - 1;
        } else if (c == '}' || c == ']') {
            if (--m_depth == 1)
                element(step);
            else if (m_depth <= 0)
                close(step);
        }
    }

    void element(StreamStep &step)
    {
        const QByteArrayView text
            = QByteArrayView(m_pending).sliced(m_elementStart, m_at - m_elementStart);
        switch (m_tap.read(text, step.error)) {
        case Tap::Verdict::Broken:
            step.isBroken = true;
            m_isOver = true;
            return;
        case Tap::Verdict::Failed:
            m_finish = Finish::Error;
            m_isOver = true;
            return;
        case Tap::Verdict::Fine:
            break;
        }
        if (m_tap.answer.parts.hasContent) {
            step.hasContent = true;
            m_hasContent = true;
        }
        m_finish = m_tap.answer.settled();
        m_usage = m_tap.counters.usage();
        m_model = m_tap.model;
        m_contentChars = m_tap.answer.parts.characters;
        m_isEmptyAnswer = m_finish == Finish::Filtered || m_finish == Finish::Length;
        pass();
    }

    void close(StreamStep &step)
    {
        m_isOver = true;
        m_isWhole = m_finish != Finish::None;
        step.isTerminal = true;
        if (m_isWhole)
            pass();
    }

    void pass()
    {
        m_forward.append(m_pending.constData(), m_at);
        m_pending.remove(0, m_at);
        m_at = 0;
    }

    qsizetype m_limit;
    Tap m_tap;
    QByteArray m_pending; // what has not gone on
    QByteArray m_forward;
    qsizetype m_at = 0; // of m_pending: looked at
    qsizetype m_elementStart = 0;
    int m_depth = 0;
    bool m_isInString = false;
    bool m_isAfterBackslash = false;
    bool m_isOver = false;
};

// Decides by the first byte that is no white space; until then nothing is known.
class Reader final : public StreamReader {
public:
    explicit Reader(const StreamOptions &options)
        : m_options(options)
    {
    }

    StreamStep feed(QByteArrayView bytes) override
    {
        if (m_reader)
            return copied(m_reader->feed(bytes));
        m_held.append(bytes);
        QByteArrayView text(m_held);
        if (text.startsWith("\xEF\xBB\xBF"))
            text = text.sliced(3);
        if (text.trimmed().isEmpty() && m_held.size() < kUndecided)
            return {};
        if (text.trimmed().startsWith('['))
            m_reader = std::make_unique<ArrayReader>(m_options);
        else
            m_reader = std::make_unique<EventReader>(m_options);
        return copied(m_reader->feed(m_held));
    }

    StreamStep finish(bool isUnframed) override
    {
        if (!m_reader)
            return {};
        return copied(m_reader->finish(isUnframed));
    }

private:
    static constexpr qsizetype kUndecided = 4096; // bytes

    StreamStep copied(StreamStep step)
    {
        m_usage = m_reader->usage();
        m_finish = m_reader->finishReason();
        m_model = m_reader->model();
        m_contentChars = m_reader->contentChars();
        m_hasContent = m_reader->hasContent();
        m_isWhole = m_reader->isWhole();
        m_isEmptyAnswer = m_finish == Finish::Filtered || m_finish == Finish::Length;
        return step;
    }

    StreamOptions m_options;
    QByteArray m_held;
    std::unique_ptr<StreamReader> m_reader;
};

} // namespace

std::unique_ptr<StreamReader> makeStreamReader(const StreamOptions &options)
{
    return std::make_unique<Reader>(options);
}

QByteArray streamError(const ClientError &error)
{
    return "data: " + geminiErrorBody(error) + "\n\n";
}

} // namespace sb::dialect::gemini
