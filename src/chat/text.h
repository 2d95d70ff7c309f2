// Text of a conversation as it stood in JSON: still escaped where it came from a document, plain
// where we wrote it ourselves.
//
// Most text goes from one document into another untouched, so it is copied with its escapes and
// never decoded: lone surrogates, NUL escapes and the provider's own way to escape survive, and a
// long conversation costs a copy of its bytes. [pitfalls 83; translation §20.24]
#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace sb::chat {

// A stretch of text somebody else keeps. In an Event it is valid during the call that gives it.
struct TextView {
    QByteArrayView bytes;
    bool isEscaped = false; // JSON escapes stand in `bytes`; whole ones, never half of one

    bool isEmpty() const { return bytes.isEmpty(); }
    qsizetype size() const { return bytes.size(); } // as written
    QByteArray toPlain() const; // UTF-8; lone surrogates become U+FFFD
    bool isBlank() const; // empty or nothing but white space

    static TextView plain(QByteArrayView utf8) { return {utf8, false}; }
    static TextView escaped(QByteArrayView inner) { return {inner, true}; }
};

// Appends the text inside a JSON string: `appendInner` without, `appendQuoted` with its quotes.
void appendInner(QByteArray &json, TextView text);
void appendQuoted(QByteArray &json, TextView text);

// A value. What view() was given refers to bytes that outlive it (a Request's `body`); what plain()
// and append() made owns them. Copies are cheap either way.
class Text {
public:
    Text() = default;

    static Text plain(QByteArray utf8) { return Text(std::move(utf8), false); }
    static Text escaped(QByteArray inner) { return Text(std::move(inner), true); }
    // Refers to the bytes, does not copy them.
    static Text view(TextView text)
    {
        return Text(QByteArray::fromRawData(text.bytes.data(), text.bytes.size()), text.isEscaped);
    }
    static Text copy(TextView text) { return Text(text.bytes.toByteArray(), text.isEscaped); }

    bool isEmpty() const { return m_bytes.isEmpty(); }
    bool isBlank() const { return view().isBlank(); }
    TextView view() const { return {m_bytes, m_isEscaped}; }
    operator TextView() const { return view(); }
    QByteArray toPlain() const { return view().toPlain(); }
    void append(TextView text);

    // The same characters, however they are written.
    friend bool operator==(const Text &a, const Text &b);

private:
    Text(QByteArray bytes, bool isEscaped)
        : m_bytes(std::move(bytes))
        , m_isEscaped(isEscaped)
    {
    }

    QByteArray m_bytes;
    bool m_isEscaped = false;
};

} // namespace sb::chat
