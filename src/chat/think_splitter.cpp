#include "chat/think_splitter.h"

#include <algorithm>
#include <array>

namespace sb::chat {

namespace {

constexpr std::array<QByteArrayView, 3> kOpeners = {"<think>", "<thinking>", "<thought>"};
constexpr std::array<QByteArrayView, 3> kClosers = {"</think>", "</thinking>", "</thought>"};

bool beginsWith(QByteArrayView text, QByteArrayView with)
{
    return text.size() >= with.size()
        && text.first(with.size()).compare(with, Qt::CaseInsensitive) == 0;
}

// Could `text` be the beginning of one of the tags?
template <typename Tags> bool mayBegin(QByteArrayView text, const Tags &tags)
{
    return std::any_of(tags.begin(), tags.end(), [&](QByteArrayView tag) {
        return text.size() < tag.size() && beginsWith(tag, text);
    });
}

template <typename Tags> qsizetype tagLength(QByteArrayView text, const Tags &tags)
{
    for (const QByteArrayView tag : tags) {
        if (beginsWith(text, tag))
            return tag.size();
    }
    return 0;
}

qsizetype spaceLength(QByteArrayView text)
{
    qsizetype length = 0;
    while (length < text.size()
           && (text[length] == ' ' || text[length] == '\n' || text[length] == '\r'
               || text[length] == '\t'))
        ++length;
    return length;
}

} // namespace

// The Text parts of the source are closed and opened by us; all other events only change numbers.
void ThinkSplitter::event(const Event &event)
{
    const auto give = [this](Event changed) {
        if (changed.part >= 0)
            changed.part += m_shift;
        m_next.event(changed);
    };
    if (event.partKind != PartKind::Text || m_state == State::Outside
        || (event.kind != Event::Kind::Open && event.kind != Event::Kind::Delta
            && event.kind != Event::Kind::Close)) {
        // Whatever else the answer opens, its start is over.
        if (event.kind == Event::Kind::Open && event.partKind != PartKind::Text
            && m_state == State::Start)
            m_state = State::Outside;
        give(event);
        return;
    }

    const auto say = [&](Event::Kind kind, PartKind part, QByteArrayView text = {}) {
        Event said;
        said.kind = kind;
        said.partKind = part;
        said.deltaKind = part == PartKind::Reasoning ? DeltaKind::Reasoning : DeltaKind::Text;
        said.part = event.part + m_shift;
        said.text = TextView::plain(text);
        m_next.event(said);
    };
    const auto speak = [&](PartKind part, QByteArrayView text) {
        if (!text.isEmpty())
            say(Event::Kind::Delta, part, text);
    };

    switch (event.kind) {
    case Event::Kind::Open:
        return; // which kind it is shows with its first characters
    case Event::Kind::Close:
        if (m_state == State::Start) {
            say(Event::Kind::Open, PartKind::Text);
            speak(PartKind::Text, m_held);
            say(Event::Kind::Close, PartKind::Text);
        } else if (m_state == State::Inside) {
            speak(PartKind::Reasoning, m_held);
            say(Event::Kind::Close, PartKind::Reasoning);
        }
        m_held.clear();
        m_state = State::Outside;
        return;
    default:
        break;
    }
    if (event.deltaKind != DeltaKind::Text) {
        // A citation or probabilities: they belong to visible text.
        if (m_state == State::Inside)
            return;
        m_shift += m_state == State::Owed;
        say(Event::Kind::Open, PartKind::Text);
        speak(PartKind::Text, m_held);
        m_held.clear();
        m_state = State::Outside;
        give(event);
        return;
    }

    // The text opens with its first word: often there is none before a call.
    const auto begin = [&] {
        const qsizetype space = spaceLength(m_held);
        if (space == m_held.size()) {
            m_held.clear();
            return;
        }
        ++m_shift;
        m_state = State::Outside;
        say(Event::Kind::Open, PartKind::Text);
        speak(PartKind::Text, QByteArrayView(m_held).sliced(space));
        m_held.clear();
    };
    m_held += event.text.toPlain();
    if (m_state == State::Owed) {
        begin();
        return;
    }
    if (m_state == State::Start) {
        const QByteArrayView rest = QByteArrayView(m_held).sliced(spaceLength(m_held));
        if (rest.isEmpty() || mayBegin(rest, kOpeners) || mayBegin(rest, kClosers))
            return;
        if (const qsizetype length = tagLength(rest, kOpeners); length > 0) {
            m_held = rest.sliced(length).toByteArray();
            m_state = State::Inside;
            say(Event::Kind::Open, PartKind::Reasoning);
        } else {
            // A closer whose opener the template swallowed says nothing.
            const qsizetype orphan = tagLength(rest, kClosers);
            const QByteArray text
                = orphan > 0 ? rest.sliced(orphan).toByteArray() : QByteArray(m_held);
            m_held.clear();
            m_state = State::Outside;
            say(Event::Kind::Open, PartKind::Text);
            speak(PartKind::Text, text);
            return;
        }
    }
    // Inside: the first closer ends it.
    qsizetype at = m_held.indexOf('<');
    while (at >= 0) {
        const QByteArrayView rest = QByteArrayView(m_held).sliced(at);
        if (const qsizetype length = tagLength(rest, kClosers); length > 0) {
            speak(PartKind::Reasoning, QByteArrayView(m_held).first(at));
            say(Event::Kind::Close, PartKind::Reasoning);
            m_state = State::Owed;
            m_held = rest.sliced(length).toByteArray();
            begin();
            return;
        }
        if (mayBegin(rest, kClosers)) {
            const QByteArray held = rest.toByteArray();
            speak(PartKind::Reasoning, QByteArrayView(m_held).first(at));
            m_held = held;
            return;
        }
        at = m_held.indexOf('<', at + 1);
    }
    speak(PartKind::Reasoning, m_held);
    m_held.clear();
}

} // namespace sb::chat
