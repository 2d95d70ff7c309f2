// Ollama's decoders take anything: a stream says the same however it is split, ends exactly once,
// and what was decoded can be written and decoded again. The first byte chooses the size of the
// pieces and the endpoint.
#include "answer_reading.h"

using namespace sb;
using namespace sb::chat;
using namespace sb::fuzz;

namespace {

Reply decoded(const translate::Translator &translator, QByteArrayView bytes, qsizetype piece)
{
    translate::DecodeOptions options;
    options.eventLimit = 64 * 1024;
    const auto decoder = translator.makeDecoder(options);
    return heard(*decoder, bytes, piece);
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
        check(again.parts == whole.parts && again.finish == whole.finish
              && again.fault.has_value() == whole.fault.has_value());
    }
    translate::EncodeOptions options;
    options.path = data[0] & 1 ? "/api/generate" : "/api/chat";
    if (!whole.fault) {
        const QByteArray body = translator.encodeReply(whole, options, {});
        check(!translator.decodeReply(body, {}).fault);
    }
    const auto encoder = translator.makeEncoder(options);
    translate::stream(whole, *encoder);
    check(encoder->isEnded() && encoder->isFinished() == !whole.fault.has_value());

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
    check(sent == translator.encodeRequest(request, target, second).body);
    if (!first.isRejected()) {
        Changes third;
        head.path = "/api/chat";
        translator.decodeRequest(head, sent, third);
        check(!third.isRejected());
    }
    return 0;
}
