#include "translate/ollama/media.h"

using namespace sb::chat;

namespace sb::translate::ollama {

namespace {

struct Magic {
    const char *bytes;
    qsizetype at;
    const char *mime;
    MediaKind kind;
};

constexpr Magic kMagics[] = {
    {"\xff\xd8\xff", 0, "image/jpeg", MediaKind::Image},
    {"\x89PNG", 0, "image/png", MediaKind::Image},
    {"GIF8", 0, "image/gif", MediaKind::Image},
    {"WEBP", 8, "image/webp", MediaKind::Image},
    {"WAVE", 8, "audio/wav", MediaKind::Audio},
    {"ID3", 0, "audio/mpeg", MediaKind::Audio},
    {"\xff\xfb", 0, "audio/mpeg", MediaKind::Audio},
    {"\xff\xf3", 0, "audio/mpeg", MediaKind::Audio},
    {"OggS", 0, "audio/ogg", MediaKind::Audio},
    {"fLaC", 0, "audio/flac", MediaKind::Audio},
    {"%PDF", 0, "application/pdf", MediaKind::Document},
};

constexpr qsizetype kHead = 16; // base64 characters: twelve bytes

} // namespace

std::optional<QByteArrayView> dataOfUrl(QByteArrayView url)
{
    constexpr QByteArrayView kMark(";base64,");
    if (!url.startsWith("data:"))
        return {};
    const qsizetype at = url.indexOf(kMark);
    if (at < 0)
        return {};
    return url.sliced(at + kMark.size());
}

MediaPart readMedia(json::Node base64)
{
    MediaPart media;
    // "\/" is a slash of the alphabet: rare, and then decoded.
    if (base64.hasEscapes())
        media.data = Text::plain(base64.text());
    else
        media.data = Text::view(TextView::plain(base64.inner()));
    const QByteArrayView written = media.data.view().bytes;
    if (const auto data = dataOfUrl(written))
        media.data = base64.hasEscapes() ? Text::plain(data->toByteArray())
                                         : Text::view(TextView::plain(*data));
    const QByteArrayView text = media.data.view().bytes;
    const QByteArray head
        = QByteArray::fromBase64(text.first(qMin(text.size(), kHead)).toByteArray());
    for (const Magic &magic : kMagics) {
        const QByteArrayView bytes(magic.bytes);
        if (head.size() < magic.at + bytes.size()
            || QByteArrayView(head).sliced(magic.at, bytes.size()) != bytes)
            continue;
        media.kind = magic.kind;
        media.mime = magic.mime;
        break;
    }
    return media;
}

} // namespace sb::translate::ollama
