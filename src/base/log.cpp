#include "base/log.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/secret_mask.h"

#include <QDateTime>
#include <QFile>
#include <QFileInfo>

#include <fcntl.h>
#include <mutex>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sb {

Q_LOGGING_CATEGORY(lcEngine, "signalbox.engine", QtInfoMsg)
Q_LOGGING_CATEGORY(lcHttp, "signalbox.http", QtInfoMsg)
Q_LOGGING_CATEGORY(lcStore, "signalbox.store", QtInfoMsg)
Q_LOGGING_CATEGORY(lcConfig, "signalbox.config", QtInfoMsg)
Q_LOGGING_CATEGORY(lcSecret, "signalbox.secret", QtInfoMsg)
Q_LOGGING_CATEGORY(lcUi, "signalbox.ui", QtInfoMsg)

namespace log {

namespace {

constexpr QByteArrayView kMask("[secret]");
constexpr size_t kMostForms = 16'384;
constexpr qsizetype kLeastCut = 8; // of a secret that the text's end cuts off

struct State {
    std::mutex mutex;
    std::vector<Secret> forms; // longest first
    Options options;
    file::Descriptor out;
    qint64 written = 0; // bytes in the current file
    bool isTerminal = false;
};

State &state()
{
    // Never destroyed: threads may log while the process ends.
    static State *const held = new State;
    return *held;
}

QByteArrayView levelWord(QtMsgType type)
{
    switch (type) {
    case QtDebugMsg:
        return "debug";
    case QtInfoMsg:
        return "info";
    case QtWarningMsg:
        return "warning";
    case QtCriticalMsg:
        return "error";
    case QtFatalMsg:
        break;
    }
    return "fatal";
}

QByteArrayView shortCategory(QByteArrayView category)
{
    constexpr QByteArrayView kPrefix("signalbox.");
    return category.startsWith(kPrefix) ? category.sliced(kPrefix.size()) : category;
}

// Characters that move the cursor, break lines for some readers, or turn the text around.
bool isHarmful(char16_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029 || c == 0x061c
        || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e)
        || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

void appendEscape(QByteArray &out, char16_t c)
{
    char text[7];
    snprintf(text, sizeof text, "\\u%04x", unsigned(c));
    out.append(text, 6);
}

// At most kMostBytes; a longer text ends in "…".
QByteArray escaped(QStringView text, bool isJson)
{
    constexpr QByteArrayView kEllipsis("\xe2\x80\xa6");
    QByteArray out;
    out.reserve(std::min<qsizetype>(text.size() + 16, kMostBytes));
    for (qsizetype i = 0; i < text.size(); ++i) {
        const char16_t c = text[i].unicode();
        QByteArray piece;
        if (isJson && (c == u'"' || c == u'\\')) {
            piece.append('\\').append(char(c));
        } else if (isHarmful(c)) {
            appendEscape(piece, c);
        } else if (c < 0x80) {
            piece.append(char(c));
        } else if (QChar::isSurrogate(c)) {
            const bool isPair
                = QChar::isHighSurrogate(c) && i + 1 < text.size() && text[i + 1].isLowSurrogate();
            piece = isPair ? text.sliced(i++, 2).toUtf8() : QByteArray("\xef\xbf\xbd");
        } else {
            piece = text.sliced(i, 1).toUtf8();
        }
        if (out.size() + piece.size() > kMostBytes - kEllipsis.size()) {
            out.append(kEllipsis.data(), kEllipsis.size());
            break;
        }
        out.append(piece);
    }
    return out;
}

// Base64 of the value wherever it stands in what was encoded: the digits that depend on it alone,
// for each of the three alignments.
void appendBase64Forms(QByteArrayView value, std::vector<QByteArray> &forms)
{
    for (const auto options : {QByteArray::Base64Encoding, QByteArray::Base64UrlEncoding}) {
        for (int before = 0; before < 3; ++before) {
            const QByteArray padded = QByteArray(before, '\0') + value.toByteArray();
            const QByteArray digits = padded.toBase64(options | QByteArray::OmitTrailingEquals);
            const qsizetype first = (before * 8 + 5) / 6;
            const qsizetype last = (padded.size() * 8) / 6; // the rest mixes with what follows
            if (last - first >= kLeastSecret)
                forms.push_back(digits.sliced(first, last - first));
        }
    }
}

std::vector<QByteArray> formsOf(const Secret &secret)
{
    const QByteArrayView value = secret.reveal();
    std::vector<QByteArray> forms{value.toByteArray()};
    const QByteArray percent = value.toByteArray().toPercentEncoding();
    forms.push_back(percent);
    // The same with lower-case digits.
    QByteArray lower = percent;
    for (qsizetype i = 0; i + 2 < lower.size(); ++i) {
        if (lower[i] == '%') {
            lower[i + 1] = char(tolower(lower[i + 1]));
            lower[i + 2] = char(tolower(lower[i + 2]));
        }
    }
    forms.push_back(lower);
    QByteArray json;
    QByteArray jsonSlash; // some writers escape "/" too
    for (const char c : value) {
        if (c == '"' || c == '\\')
            json.append('\\');
        if (c == '"' || c == '\\' || c == '/')
            jsonSlash.append('\\');
        json.append(c);
        jsonSlash.append(c);
    }
    forms.push_back(json);
    forms.push_back(jsonSlash);
    appendBase64Forms(value, forms);
    std::sort(forms.begin(), forms.end());
    forms.erase(std::unique(forms.begin(), forms.end()), forms.end());
    return forms;
}

QByteArray redactedLocked(const State &held, QByteArrayView text)
{
    QByteArray out = text.toByteArray();
    for (const Secret &form : held.forms) {
        const QByteArrayView value = form.reveal();
        for (qsizetype at = out.indexOf(value); at >= 0; at = out.indexOf(value, at + kMask.size()))
            out.replace(at, value.size(), kMask);
    }
    // One that was cut off where the text ends.
    for (const Secret &form : held.forms) {
        const QByteArrayView value = form.reveal();
        qsizetype size = std::min(value.size() - 1, out.size());
        while (size >= kLeastCut && !out.endsWith(value.first(size)))
            --size;
        if (size >= kLeastCut)
            out.replace(out.size() - size, size, kMask);
    }
    return out;
}

QString timeText(qint64 wallMs)
{
    return QDateTime::fromMSecsSinceEpoch(wallMs, Qt::UTC).toString(Qt::ISODateWithMs);
}

QByteArray jsonLineOf(QtMsgType type, QByteArrayView category, const QByteArray &safe,
                      qint64 wallMs)
{
    QByteArray line = "{\"t\":\"" + timeText(wallMs).toLatin1() + "\",\"level\":\"";
    line.append(levelWord(type).data(), levelWord(type).size());
    line += "\",\"cat\":\"" + escaped(QString::fromUtf8(shortCategory(category)), true);
    line += "\",\"msg\":\"" + escaped(QString::fromUtf8(safe), true) + "\"}";
    return line;
}

QByteArray plainLineOf(QtMsgType type, QByteArrayView category, const QByteArray &safe,
                       qint64 wallMs)
{
    const QString time
        = QDateTime::fromMSecsSinceEpoch(wallMs).toString(QStringLiteral("HH:mm:ss"));
    QByteArray line = time.toLatin1() + ' ' + levelWord(type).toByteArray() + ' '
        + escaped(QString::fromUtf8(shortCategory(category)), false) + ": ";
    line += escaped(QString::fromUtf8(safe), false);
    return line;
}

QString fileName(const Options &options, int number)
{
    return options.folder
        + (number == 0 ? QStringLiteral("/signalbox.log")
                       : QStringLiteral("/signalbox.%1.log").arg(number));
}

bool openLocked(State &held)
{
    const QByteArray name = QFile::encodeName(fileName(held.options, 0));
    held.out = file::Descriptor(
        ::open(name.constData(),
               O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
    struct stat info;
    if (!held.out.isOpen() || fstat(held.out.get(), &info) != 0 || !S_ISREG(info.st_mode)
        || fchmod(held.out.get(), 0600) != 0) {
        held.out.close();
        return false;
    }
    held.written = info.st_size;
    return true;
}

void rotateLocked(State &held)
{
    held.out.close();
    const auto name
        = [&held](int number) { return QFile::encodeName(fileName(held.options, number)); };
    if (held.options.files <= 1)
        ::unlink(name(0).constData());
    for (int number = held.options.files - 2; number >= 0; --number)
        ::rename(name(number).constData(), name(number + 1).constData());
    openLocked(held);
}

void handle(QtMsgType type, const QMessageLogContext &context, const QString &message)
{
    // What is said while a line is being written (by Qt itself, about us) would not come back.
    thread_local bool isInside = false;
    if (isInside)
        return;
    isInside = true;
    const qint64 now = PlainClock().wallMs();
    State &held = state();
    {
        const std::lock_guard lock(held.mutex);
        const QByteArrayView category(context.category ? context.category : "default");
        const QByteArray safe = redactedLocked(held, message.toUtf8());
        QByteArray line;
        if (held.out.isOpen() || !held.isTerminal)
            line = jsonLineOf(type, category, safe, now) + '\n';
        if (held.out.isOpen()) {
            if (held.written > 0 && held.written + line.size() > held.options.fileBytes)
                rotateLocked(held);
            // A full disk loses log lines and nothing else.
            if (held.out.isOpen() && file::writeAll(held.out.get(), line))
                held.written += line.size();
        }
        if (held.options.isToStderr) {
            if (held.isTerminal)
                line = plainLineOf(type, category, safe, now) + '\n';
            (void)file::writeAll(STDERR_FILENO, line);
        }
    }
    isInside = false;
}

} // namespace

Result<void> start(const Options &options)
{
    State &held = state();
    Result<void> done;
    {
        const std::lock_guard lock(held.mutex);
        held.options = options;
        held.out.close();
        held.isTerminal = ::isatty(STDERR_FILENO) == 1;
        if (!options.folder.isEmpty()) {
            done = file::makePrivateFolder(options.folder);
            if (done && !openLocked(held))
                done = file::systemError(QStringLiteral("log_file"), QStringLiteral("Cannot open"),
                                         fileName(options, 0));
        }
    }
    qInstallMessageHandler(handle);
    return done;
}

void stop()
{
    qInstallMessageHandler(nullptr);
    State &held = state();
    const std::lock_guard lock(held.mutex);
    held.out.close();
}

void protect(const Secret &secret)
{
    if (secret.reveal().size() < kLeastSecret)
        return;
    State &held = state();
    const std::lock_guard lock(held.mutex);
    for (QByteArray &form : formsOf(secret)) {
        const bool isKnown
            = std::any_of(held.forms.cbegin(), held.forms.cend(),
                          [&form](const Secret &known) { return known.reveal() == form; });
        if (isKnown || held.forms.size() >= kMostForms)
            continue;
        // Longest first, so that no shorter form leaves the rest of a longer one behind.
        const auto place
            = std::find_if(held.forms.cbegin(), held.forms.cend(), [&form](const Secret &known) {
                  return known.reveal().size() < form.size();
              });
        held.forms.insert(place, Secret(std::move(form)));
    }
}

QByteArray redacted(QByteArrayView text)
{
    State &held = state();
    const std::lock_guard lock(held.mutex);
    return redactedLocked(held, text);
}

std::vector<Secret> spellingsOf(const Secret &secret)
{
    std::vector<Secret> spellings;
    if (secret.reveal().size() < kLeastSecret)
        return spellings;
    for (QByteArray &form : formsOf(secret))
        spellings.emplace_back(std::move(form));
    return spellings;
}

std::vector<Secret> protectedSpellings()
{
    State &held = state();
    const std::lock_guard lock(held.mutex);
    return held.forms;
}

size_t protectedCount()
{
    State &held = state();
    const std::lock_guard lock(held.mutex);
    return held.forms.size();
}

QByteArray jsonLine(QtMsgType type, QByteArrayView category, const QString &message, qint64 wallMs)
{
    return jsonLineOf(type, category, redacted(message.toUtf8()), wallMs);
}

QByteArray plainLine(QtMsgType type, QByteArrayView category, const QString &message, qint64 wallMs)
{
    return plainLineOf(type, category, redacted(message.toUtf8()), wallMs);
}

} // namespace log
} // namespace sb
