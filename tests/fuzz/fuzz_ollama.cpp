// Ollama's decoders take anything: a stream says the same however it is split, ends exactly once,
// and what was decoded can be written and decoded again. The first byte chooses the size of the
// pieces and the endpoint.
#include "translate/translator.h"

#include <cstdlib>

using namespace sb;
using namespace sb::chat;

namespace {

void demand(bool is)
{
    if (!is)
        abort();
}

class Ends final : public EventSink {
public:
    void event(const Event &event) override
    {
        demand(ends == 0);
        ends += event.kind == Event::Kind::End;
        finishes += event.kind == Event::Kind::Finish;
        isClean |= event.kind == Event::Kind::End && event.isClean;
    }
    int ends = 0;
    int finishes = 0;
    bool isClean = false;
};

Reply decoded(const translate::Translator &translator, QByteArrayView bytes, qsizetype piece)
{
    translate::DecodeOptions options;
    options.eventLimit = 64 * 1024;
    const auto decoder = translator.makeDecoder(options);
    const auto counted = translator.makeDecoder(options);
    Collector collector;
    Ends ends;
    for (qsizetype at = 0; at < bytes.size(); at += piece) {
        // A buffer of its own, so that a view kept too long is seen.
        const QByteArray part = bytes.sliced(at, qMin(piece, bytes.size() - at)).toByteArray();
        decoder->feed(part, collector);
        counted->feed(part, ends);
    }
    decoder->finish(true, collector);
    counted->finish(true, ends);
    demand(ends.ends == 1 && ends.isClean == (ends.finishes == 1));
    return collector.take();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size == 0)
        return 0;
    const QByteArrayView bytes(reinterpret_cast<const char *>(data) + 1, qsizetype(size) - 1);
    const translate::Translator &translator = *translate::translatorFor(DialectId::Ollama);

    const Reply whole = decoded(translator, bytes, qMax(bytes.size(), qsizetype(1)));
    for (const qsizetype piece : {qsizetype(1), qsizetype(2 + (data[0] >> 2))}) {
        const Reply again = decoded(translator, bytes, piece);
        demand(again.parts == whole.parts && again.finish == whole.finish
               && again.fault.has_value() == whole.fault.has_value());
    }
    translate::EncodeOptions options;
    options.path = data[0] & 1 ? "/api/generate" : "/api/chat";
    if (!whole.fault) {
        const QByteArray body = translator.encodeReply(whole, options, {});
        demand(!translator.decodeReply(body, {}).fault);
    }
    const auto encoder = translator.makeEncoder(options);
    translate::stream(whole, *encoder);
    demand(encoder->isEnded() && encoder->isFinished() == !whole.fault.has_value());

    translator.decodeReply(bytes.toByteArray(), {});
    Changes changes;
    const QByteArray body = bytes.toByteArray();
    translate::RequestHead head;
    head.path = options.path;
    Request request = translator.decodeRequest(head, body, changes);
    if (changes.isRejected())
        return 0;
    Target target;
    target.dialect = DialectId::Ollama;
    target.model = "m";
    Changes first;
    Changes second;
    const QByteArray sent = translator.encodeRequest(request, target, first).body;
    demand(sent == translator.encodeRequest(request, target, second).body);
    if (!first.isRejected()) {
        Changes third;
        head.path = "/api/chat";
        translator.decodeRequest(head, sent, third);
        demand(!third.isRejected());
    }
    return 0;
}
