// What a caller of the control socket may send: any pieces give the same lines, each line is a
// command or is refused in one sound line, and what was read of it stays within its own fields.
#include <QDebug> // whole: what a Secret forbids names it

#include "control/request.h"
#include "json/reader.h"

#include <stdlib.h>

using namespace sb;
using namespace sb::control;

namespace {

QList<QByteArray> linesOf(QByteArrayView input, qsizetype pieceSize)
{
    RequestLines reader;
    QList<QByteArray> lines;
    for (qsizetype at = 0; at < input.size(); at += pieceSize) {
        reader.feed(input.sliced(at, std::min(pieceSize, input.size() - at)).toByteArray());
        while (auto line = reader.next())
            lines.append(*line);
    }
    return lines;
}

void wantSound(const QByteArray &line)
{
    const Result<Request> request = readRequest(line);
    if (!request) {
        const QByteArray refusal = refusalText(request.error());
        const Result<json::Value> read = json::read(refusal);
        if (!read || refusal.contains('\n') || read->find("code")->text().isEmpty()
            || read->find("detail")->text().isEmpty() || refusal.size() > 1000)
            abort();
        return;
    }
    const Result<json::Value> said = json::read(line);
    if (!said || !said->isObject() || !said->find("command"))
        abort();
    const Result<json::Value> value = json::read(request->value);
    if (!value || request->value.contains('\n'))
        abort();
    if (const json::Value *sent = said->find("value"); sent ? !(*sent == *value) : !value->isNull())
        abort();
    if (request->command != Command::Explain
        && (!request->explain.model.isEmpty() || !request->explain.down.isEmpty()))
        abort();
    if (request->command != Command::RunBegin
        && (request->run.cap || !request->run.program.isEmpty()))
        abort();
    if (request->run.cap && *request->run.cap < Money())
        abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const QByteArrayView input(reinterpret_cast<const char *>(data), qsizetype(size));
    const QList<QByteArray> lines = linesOf(input, std::max<qsizetype>(1, input.size()));
    for (const qsizetype piece : {1, 2, 7})
        if (linesOf(input, piece) != lines)
            abort();
    if (lines.size() != input.count('\n'))
        abort();
    for (const QByteArray &line : lines)
        wantSound(line);
    return 0;
}
