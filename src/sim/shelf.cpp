#include "sim/shelf.h"

#include "dialect/multipart.h"
#include "sim/answer.h"
#include "json/reader.h"
#include "json/writer.h"

#include <algorithm>

namespace sb::sim {

namespace {

constexpr size_t kMostItems = 64;
constexpr qsizetype kMostBytes = 64 * 1024 * 1024; // of all items of a kind
constexpr qsizetype kSoundPerCharacter = 64;
constexpr qsizetype kMostSound = 1024 * 1024;

Passed refused(int status, QByteArrayView why)
{
    return {status, errorBody(Shape::OpenAi, status, why, "req_sim")};
}

Passed json(json::Writer &out)
{
    return {200, out.take()};
}

// The form's parts as views of `body`: the file's bytes and, by name, a text.
struct Form {
    std::optional<QByteArrayView> file;
    QByteArrayView text;
};
std::optional<Form> readForm(QByteArrayView contentType, QByteArrayView body, QByteArrayView name)
{
    const auto parts = dialect::readFormParts(body, dialect::formBoundary(contentType));
    if (!parts)
        return std::nullopt;
    Form form;
    for (const dialect::FormPart &part : *parts) {
        const QByteArrayView value = body.sliced(part.value.from, part.value.length);
        if (part.isFile)
            form.file = value;
        else if (part.name == name)
            form.text = value;
    }
    return form;
}

// "ID" and "content" of ".../files/ID/content".
QList<QByteArray> behind(const QByteArray &path, const QByteArray &word)
{
    QList<QByteArray> words = path.split('/');
    words.removeAll(QByteArray());
    return words.mid(words.lastIndexOf(word) + 1);
}

} // namespace

Passed imageReply(qint64 createdSeconds)
{
    constexpr char kPixel[]
        = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhg"
          "GAWjR9awAAAABJRU5ErkJggg==";
    json::Writer out;
    out.beginObject().member("created", createdSeconds).key("data").beginArray();
    out.beginObject().member("b64_json", kPixel).endObject();
    out.endArray().endObject();
    return json(out);
}

Passed speechReply(QByteArrayView body)
{
    const auto read = json::read(body);
    const json::Value *input = read && read->isObject() ? read->find("input") : nullptr;
    if (!input || !input->isString())
        return refused(400, "you must provide an input parameter");
    QByteArray sound(std::min(input->text().size() * kSoundPerCharacter, kMostSound), '\0');
    for (qsizetype i = 0; i < sound.size(); ++i)
        sound[i] = char(i * 31 + 255);
    return {200, sound, "audio/mpeg"};
}

Passed transcriptReply(QByteArrayView contentType, QByteArrayView body)
{
    const auto form = readForm(contentType, body, "response_format");
    if (!form || !form->file)
        return refused(400, "you must provide a file parameter");
    const QByteArray said = QByteArray::number(form->file->size()) + " bytes of sound.";
    if (form->text == "text")
        return {200, said + '\n', "text/plain; charset=utf-8"};
    json::Writer out;
    out.beginObject().member("text", said).endObject();
    return json(out);
}

void Shelf::add(Items &items, Item item)
{
    qsizetype bytes = item.bytes.size();
    for (const Item &one : items)
        bytes += one.bytes.size();
    while (!items.empty() && (items.size() >= kMostItems || bytes > kMostBytes)) {
        bytes -= items.front().bytes.size();
        items.pop_front();
    }
    items.push_back(std::move(item));
}

Shelf::Items::iterator Shelf::find(Items &items, QByteArrayView id)
{
    return std::find_if(items.begin(), items.end(),
                        [id](const Item &item) { return item.id == id; });
}

Passed Shelf::remove(Items &items, Items::iterator item, const char *kind)
{
    json::Writer out;
    out.beginObject().member("id", item->id).member("object", kind).member("deleted", true);
    out.endObject();
    items.erase(item);
    return json(out);
}

Passed Shelf::upload(QByteArrayView contentType, QByteArrayView body, qint64 createdSeconds)
{
    const auto form = readForm(contentType, body, "purpose");
    if (!form || !form->file)
        return refused(400, "you must provide a file parameter");
    const QByteArray id = "file-sim" + QByteArray::number(++m_uploads);
    json::Writer out;
    out.beginObject().member("id", id).member("object", "file").member("bytes", form->file->size());
    out.member("created_at", createdSeconds).member("filename", "upload");
    out.member("purpose", form->text.toByteArray()).member("status", "processed").endObject();
    const QByteArray description = out.take();
    add(m_files, {id, form->file->toByteArray(), description});
    return {200, description};
}

Passed Shelf::list() const
{
    json::Writer out;
    out.beginObject().member("object", "list").key("data").beginArray();
    for (const Item &item : m_files)
        out.raw(item.description);
    out.endArray().member("has_more", false).endObject();
    return json(out);
}

Passed Shelf::files(const http::RequestHead &head, QByteArrayView body, qint64 createdSeconds)
{
    const QList<QByteArray> rest = behind(head.path, "files");
    if (rest.isEmpty())
        return head.method == "POST"
            ? upload(head.fields.value("content-type"), body, createdSeconds)
            : list();
    const auto file = find(m_files, rest.first());
    if (file == m_files.end())
        return refused(404, QByteArray("No such File object: " + rest.first()));
    if (rest.size() > 1)
        return {200, file->bytes, "application/octet-stream"};
    return head.method == "DELETE" ? remove(m_files, file, "file") : Passed{200, file->description};
}

Passed Shelf::answers(const http::RequestHead &head)
{
    const QList<QByteArray> rest = behind(head.path, "responses");
    const auto answer = find(m_answers, rest.value(0));
    if (answer == m_answers.end())
        return refused(404, QByteArray("Response with id '" + rest.value(0) + "' not found."));
    if (rest.value(1) == "cancel")
        return refused(400, "Only responses with background=true can be cancelled.");
    if (rest.value(1) == "input_items")
        return {200, R"({"object":"list","data":[],"has_more":false})"};
    return head.method == "DELETE" ? remove(m_answers, answer, "response")
                                   : Passed{200, answer->bytes};
}

} // namespace sb::sim
