// The main of a fuzz target without libFuzzer: runs the files given as arguments; without any,
// every seed of its corpus and some thousand seeded changes of them. The same run every time.
#include <QByteArray>
#include <QDir>
#include <QFile>

#include <random>
#include <stdio.h>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

namespace {
constexpr int kChanges = 5000;

void run(const QByteArray &bytes)
{
    LLVMFuzzerTestOneInput(reinterpret_cast<const unsigned char *>(bytes.constData()),
                           size_t(bytes.size()));
}

bool load(const QString &name, QByteArray &bytes)
{
    QFile file(name);
    if (!file.open(QIODevice::ReadOnly))
        return false;
    bytes = file.readAll();
    return true;
}

// A few edits of the kinds that find parsers' mistakes.
QByteArray changed(QByteArray bytes, const QList<QByteArray> &seeds, std::mt19937_64 &random)
{
    const auto below = [&random](qsizetype bound) {
        return bound <= 0 ? qsizetype(0) : qsizetype(random() % quint64(bound));
    };
    constexpr char kInteresting[] = "\r\n\0 \t:;,\"{}[]0\xff\x7f";
    for (int edits = 1 + int(below(4)); edits > 0; --edits) {
        const qsizetype at = below(bytes.size() + 1);
        switch (below(6)) {
        case 0:
            bytes.insert(at, kInteresting[below(sizeof kInteresting)]);
            break;
        case 1:
            if (at < bytes.size())
                bytes[at] = char(random());
            break;
        case 2:
            bytes.remove(at, 1 + below(8));
            break;
        case 3:
            bytes.insert(at, bytes.mid(below(bytes.size()), below(64)));
            break;
        case 4:
            bytes.truncate(at);
            break;
        case 5:
            bytes = bytes.left(at) + seeds[below(seeds.size())].mid(below(200));
            break;
        }
    }
    return bytes;
}
} // namespace

int main(int argc, char **argv)
{
    QByteArray bytes;
    if (argc > 1) {
        for (int i = 1; i < argc; ++i) {
            if (!load(QFile::decodeName(argv[i]), bytes)) {
                fprintf(stderr, "cannot read %s\n", argv[i]);
                return 2;
            }
            run(bytes);
        }
        return 0;
    }
    QList<QByteArray> seeds;
    const QDir folder(QStringLiteral(SB_FUZZ_CORPUS));
    for (const QString &name : folder.entryList(QDir::Files, QDir::Name)) {
        if (load(folder.filePath(name), bytes))
            seeds.append(bytes);
    }
    if (seeds.isEmpty())
        seeds.append(QByteArray());
    for (const QByteArray &seed : seeds)
        run(seed);
    std::mt19937_64 random(20251122);
    for (int i = 0; i < kChanges; ++i)
        run(changed(seeds[qsizetype(random() % quint64(seeds.size()))], seeds, random));
    printf("%d seeds and %d changes ran\n", int(seeds.size()), kChanges);
    return 0;
}
