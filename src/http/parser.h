// The one HTTP/1.1 parser, for requests and replies: incremental, strict, no lenient mode.
//
// The verdict, the error and the body depend only on the bytes, never on how they were split. Heads
// are judged line by line, bodies are de-chunked in place. A parser is owned by its connection,
// does no I/O and knows no time. [RFC 9110, RFC 9112; robustness §6]
#pragma once

#include "http/head.h"

#include <array>

namespace sb::http {

enum class ParseError : quint8 {
    None,
    BadByte, // NUL, a control character, CR or LF outside CRLF
    BadStartLine, // not "METHOD target HTTP/1.x", not "HTTP/1.x 200 …"
    BadVersion,
    BadMethod, // well formed, but none of ours
    BadTarget,
    BadField,
    BadHost,
    BadFraming, // content-length and transfer-encoding
    BadExpect,
    BadChunk,
    BadStatus, // outside 100…599, or 101
    StartLineTooLong,
    FieldTooLong,
    HeadTooLong,
    TooManyFields,
    ExtensionsTooLong,
    TrailersTooLong,
    TooManyInterim,
};
QByteArrayView parseErrorName(ParseError error);

struct ParserLimits {
    qsizetype startLine = 8 * 1024;
    qsizetype field = 8 * 1024;
    qsizetype head = 32 * 1024;
    int fields = 100;
    qsizetype chunkExtensions = 4 * 1024;
    qsizetype trailers = 8 * 1024;
    int interim = 8; // 1xx replies before the final one
};

// What feed() found. Body bytes lie inside the fed bytes, contiguous, and count also when the state
// is Failed: they came before the mistake.
struct ParseStep {
    enum class State : quint8 {
        More, // all consumed, the message goes on
        Head, // the head is complete: look at it, then feed the rest (also when that is nothing)
        Complete, // the message is whole; bytes behind `consumed` are not its own
        Failed,
    } state = State::More;
    qsizetype consumed = 0;
    char *body = nullptr;
    qsizetype bodySize = 0;
};

class Parser {
public:
    enum class Finish : quint8 {
        Idle, // between messages
        Whole, // the end of the connection was the end of the body, or the message was complete
        Cut,
    };

    virtual ~Parser() = default;

    // Bytes may be moved inside the buffer.
    ParseStep feed(char *bytes, qsizetype count);
    // The peer's FIN.
    Finish finish() const;
    // Ready for the next message; limits stay.
    virtual void reset();

    ParseError error() const { return m_error; }
    // Nothing of a message has come (a blank line before it does not count).
    bool isIdle() const { return m_state == State::StartLine && m_line.isEmpty() && !m_hasCr; }
    bool isHeadDone() const { return m_state > State::FieldLine && m_state < State::Failed; }
    bool isComplete() const { return m_state == State::Done; }
    // Bytes until the end of a body of known length; 0 otherwise. They may be read straight into
    // their last place and fed from there.
    qint64 lengthLeft() const { return m_state == State::Length ? m_left : 0; }

protected:
    explicit Parser(const ParserLimits &limits);

    virtual bool takeStartLine(QByteArrayView line) = 0;
    virtual bool takeField(QByteArrayView name, QByteArrayView value) = 0;
    // After the empty line: says how the body is framed, or fails.
    enum class Body : quint8 { None, Length, Chunked, UntilEnd, Interim, Bad };
    virtual Body takeHeadEnd(qint64 &length) = 0;
    bool fail(ParseError error);

    // Fields both directions need.
    bool takeFraming(QByteArrayView name, QByteArrayView value);
    struct Framing {
        qint64 length = -1; // content-length
        bool isChunked = false;
        bool hasClose = false;
        bool hasKeepAlive = false;
    } m_framing;
    ParserLimits m_limits;

private:
    enum class State : quint8 {
        StartLine,
        FieldLine,
        Begin, // head told, body not begun
        Length,
        UntilEnd,
        ChunkSize,
        ChunkDigits,
        ExtensionStart,
        ExtensionName,
        ExtensionValueStart,
        ExtensionToken,
        ExtensionQuoted,
        ExtensionEscape,
        ExtensionQuoteEnd,
        ChunkLineEnd,
        ChunkData,
        ChunkDataCr,
        ChunkDataLf,
        Trailer,
        Done,
        Failed,
    };

    bool takeLine(const char *&at, const char *end, QByteArrayView &line);
    bool takeHeadBytes(const char *&at, const char *end, bool &isHeadDone);
    bool takeChunkLineByte(unsigned char c);
    void skipPlainChunkLine(char *&at, const char *end);
    void startLine(bool isField);

    QByteArray m_line; // the beginning of a line that came in pieces
    qint64 m_left = 0; // of the body or chunk
    qsizetype m_total = 0; // of the head or the trailers
    qsizetype m_extensions = 0;
    int m_fieldCount = 0;
    int m_nameLength = 0;
    int m_digits = 0;
    int m_interim = 0;
    State m_state = State::StartLine;
    Body m_body = Body::None;
    ParseError m_error = ParseError::None;
    bool m_isNameOpen = false; // the scan is inside a field's name
    bool m_hasCr = false; // the last piece ended between CR and LF
    bool m_hadBlank = false;
    bool m_hasTabBehind = false; // the field at hand ends in one
};

class RequestParser final : public Parser {
public:
    explicit RequestParser(const ParserLimits &limits = {})
        : Parser(limits)
    {
    }
    void reset() override;

    // Complete after State::Head; may be moved from once the message is complete.
    RequestHead &head() { return m_head; }
    const RequestHead &head() const { return m_head; }
    bool isStartLineDone() const { return !m_head.method.isEmpty(); }

protected:
    bool takeStartLine(QByteArrayView line) override;
    bool takeField(QByteArrayView name, QByteArrayView value) override;
    Body takeHeadEnd(qint64 &length) override;

private:
    bool takeTarget(QByteArrayView target);
    bool takePath(QByteArrayView path);

    RequestHead m_head;
    QByteArray m_host;
    QByteArray m_authority; // of an absolute-form target
    int m_hosts = 0;
    bool m_hasBadExpect = false;
};

class ReplyParser final : public Parser {
public:
    explicit ReplyParser(const ParserLimits &limits)
        : Parser(limits)
    {
    }
    void reset() override;
    // The request was HEAD: no body follows, whatever the fields say.
    void setBodyless(bool on) { m_isBodyless = on; }

    ReplyHead &head() { return m_head; }
    const ReplyHead &head() const { return m_head; }

protected:
    bool takeStartLine(QByteArrayView line) override;
    bool takeField(QByteArrayView name, QByteArrayView value) override;
    Body takeHeadEnd(qint64 &length) override;

private:
    ReplyHead m_head;
    bool m_isBodyless = false;
};

} // namespace sb::http
