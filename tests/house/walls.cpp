#include "house/walls.h"

#include <QRegularExpression>
#include <QStringList>

#include <functional>

namespace sb::house {

namespace {

int lineAt(const QString &text, qsizetype offset)
{
    return int(text.left(offset).count(QLatin1Char('\n'))) + 1;
}

QString lineText(const QString &text, qsizetype offset)
{
    const qsizetype from = text.lastIndexOf(QLatin1Char('\n'), qMax<qsizetype>(offset - 1, 0)) + 1;
    qsizetype to = text.indexOf(QLatin1Char('\n'), offset);
    if (to < 0)
        to = text.size();
    return text.mid(qMin(from, offset), to - qMin(from, offset)).trimmed();
}

bool isUnder(const QString &path, const char *folder)
{
    return path.startsWith(QLatin1String(folder));
}

struct WordRule {
    const char *name;
    const char *pattern;
    bool (*appliesTo)(const QString &path);
};

bool isOurs(const QString &path)
{
    return isUnder(path, "src/") || isUnder(path, "ui/");
}

// `exec(` is SQL in the store and the loop itself in main.cpp and in the commands of cli, which
// main() calls with no loop below them; the loop room is a dispatcher.
const WordRule wordRules[] = {
    {"wall clock",
     "QDateTime::currentDateTime|QDateTime::currentM?Secs|Q(?:Time::currentTime|Date::currentDate)"
     "\\b",
     [](const QString &path) { return isOurs(path) && !isUnder(path, "src/base/"); }},
    {"translated text below the window",
     "(?<![\\w:>.])(?:QObject::|QCoreApplication::)?(?:tr|translate)\\s*\\(\\s*\"",
     [](const QString &path) { return isUnder(path, "src/"); }},
    {"nested event loop", "\\bexec\\s*\\(",
     [](const QString &path) {
         return isOurs(path) && !isUnder(path, "src/store/") && !isUnder(path, "src/cli/")
             && !path.endsWith(QStringLiteral("/main.cpp"))
             && !path.endsWith(QStringLiteral("_main.cpp"));
     }},
    {"nested event loop", "\\bQEventLoop\\b|\\bprocessEvents\\s*\\(",
     [](const QString &path) {
         return isOurs(path) && !isUnder(path, "src/loop/") && !isUnder(path, "src/cli/");
     }},
    {"QNetworkAccessManager", "\\bQNetworkAccessManager\\b", isOurs},
    {"relaxed TLS", "\\bignoreSslErrors\\b|\\bSSL_VERIFY_NONE\\b|\\bVerifyNone\\b|\\bQueryPeer\\b",
     isOurs},
    {"relaxed keychain", "\\bsetInsecureFallback\\s*\\(\\s*true\\b", isOurs},
    // Bound values only, and one room that holds to it. [robustness §7 rule 13]
    {"SQL outside the store", "\\bQSql(?:Query|Database)\\b|\\bsqlite3_\\w+\\s*\\(",
     [](const QString &path) { return isOurs(path) && !isUnder(path, "src/store/"); }},
    {"clipboard without its hint", "\\bclipboard\\s*\\(\\s*\\)\\s*->\\s*set",
     [](const QString &path) {
         return isOurs(path) && !path.endsWith(QStringLiteral("kit/clipboard.cpp"));
     }},
    {"blocking connection", "\\bBlockingQueuedConnection\\b", isOurs},
    {"sender()", "\\bsender\\s*\\(\\s*\\)", isOurs},
    {"QThread subclass", "\\bpublic\\s+QThread\\b", isOurs},
    {"singleton", "\\bstatic\\b[^;{}()]*\\binstance\\s*\\(", isOurs},
    {"moveToThread", "\\bmoveToThread\\s*\\(",
     [](const QString &path) {
         return isOurs(path) && !isUnder(path, "src/engine/engine") && !isUnder(path, "src/store/");
     }},
};

// Folders under ui/pages that are no page but a part that several pages show.
const QSet<QString> sharedParts{QStringLiteral("peek"), QStringLiteral("first_run")};

// The argument list that starts behind the "(" at `open`, split at its top-level commas.
QStringList arguments(const QString &code, qsizetype open)
{
    QStringList list;
    int depth = 0;
    qsizetype from = open + 1;
    for (qsizetype i = open; i < code.size(); ++i) {
        const QChar c = code.at(i);
        if (c == QLatin1Char('(') || c == QLatin1Char('{') || c == QLatin1Char('[')) {
            ++depth;
        } else if (c == QLatin1Char(')') || c == QLatin1Char('}') || c == QLatin1Char(']')) {
            if (--depth == 0) {
                const QString last = code.mid(from, i - from).trimmed();
                if (!last.isEmpty() || !list.isEmpty())
                    list.append(last);
                return list;
            }
        } else if (c == QLatin1Char(',') && depth == 1) {
            list.append(code.mid(from, i - from).trimmed());
            from = i + 1;
        }
    }
    return list;
}

// Nothing from outside can be in it: a literal, a translated literal, or escaped text.
bool isSafeText(const QString &argument)
{
    static const QRegularExpression fixed(
        QStringLiteral("^(?:(?:QStringLiteral|QLatin1String|QLatin1StringView|tr|words::\\w+)\\s*"
                       "\\([^()]*\\)|\"_*\"|QString\\(\\)|\\{\\})$"));
    return argument.contains(QStringLiteral("toHtmlEscaped"))
        || argument.contains(QStringLiteral("escaped("))
        || argument.contains(QStringLiteral("plainToolTip(")) || fixed.match(argument).hasMatch();
}

} // namespace

QString Violation::sentence() const
{
    return QStringLiteral("%1:%2: %3: %4").arg(path).arg(line).arg(rule, text);
}

QHash<QString, Room> readRooms(const QString &text)
{
    QHash<QString, Room> rooms;
    for (const QString &line : text.split(QLatin1Char('\n'), Qt::SkipEmptyParts)) {
        const QStringList words = line.split(QLatin1Char(' '), Qt::SkipEmptyParts);
        if (words.size() < 2)
            continue;
        const QStringList sees = words.mid(2);
        rooms.insert(words[0], Room{words[0], words[1], QSet<QString>(sees.begin(), sees.end())});
    }
    return rooms;
}

QSet<QString> reachable(const QHash<QString, Room> &rooms, const QString &name)
{
    QSet<QString> seen{name};
    QStringList open{name};
    while (!open.isEmpty()) {
        for (const QString &next : rooms.value(open.takeLast()).sees) {
            if (!seen.contains(next)) {
                seen.insert(next);
                open.append(next);
            }
        }
    }
    return seen;
}

QList<Violation> checkIncludes(const QHash<QString, Room> &rooms, const QString &path,
                               const QString &text)
{
    const QStringList parts = path.split(QLatin1Char('/'));
    if (parts.size() < 3)
        return {}; // src/pch.h belongs to no room
    const QString own = parts[1];
    if (!rooms.contains(own))
        return {};
    const QSet<QString> allowed = reachable(rooms, own);

    QList<Violation> found;
    static const QRegularExpression include(
        QStringLiteral("^[ \\t]*#[ \\t]*include[ \\t]*\"([^\"\\n]+)\""),
        QRegularExpression::MultilineOption);
    for (auto it = include.globalMatch(text); it.hasNext();) {
        const QRegularExpressionMatch match = it.next();
        const QString target = match.captured(1);
        const QStringList steps = target.split(QLatin1Char('/'));
        QString rule;
        if (steps.size() == 1) {
            if (!target.endsWith(QStringLiteral(".moc"))
                && !target.startsWith(QStringLiteral("ui_")))
                rule = QStringLiteral("include without its room");
        } else if (!allowed.contains(steps[0])) {
            rule = QStringLiteral("%1 does not see %2").arg(own, steps[0]);
        } else if (own == QStringLiteral("pages") && steps[0] == own && parts.size() > 3
                   && steps.size() > 2 && steps[1] != parts[2] && !sharedParts.contains(steps[1])) {
            rule = QStringLiteral("page %1 includes page %2").arg(parts[2], steps[1]);
        }
        if (!rule.isEmpty())
            found.append(
                {rule, path, lineAt(text, match.capturedStart()), match.captured(0).trimmed()});
    }
    return found;
}

QList<Violation> checkWords(const QString &path, const QString &text)
{
    QList<Violation> found;
    const QString code = withoutComments(text);
    for (const WordRule &rule : wordRules) {
        if (!rule.appliesTo(path))
            continue;
        const QRegularExpression pattern(QString::fromLatin1(rule.pattern));
        for (auto it = pattern.globalMatch(code); it.hasNext();) {
            const qsizetype at = it.next().capturedStart();
            found.append(
                {QString::fromLatin1(rule.name), path, lineAt(code, at), lineText(text, at)});
        }
    }
    return found;
}

QList<Violation> checkRichText(const QString &path, const QString &text)
{
    if (!isUnder(path, "ui/"))
        return {};
    QList<Violation> found;
    const QString code = withoutComments(text);
    const auto each = [&](const char *pattern, const QString &rule,
                          const std::function<bool(const QStringList &)> &isFine) {
        const QRegularExpression expression(QString::fromLatin1(pattern));
        for (auto it = expression.globalMatch(code); it.hasNext();) {
            const QRegularExpressionMatch match = it.next();
            const QStringList args = arguments(code, match.capturedEnd() - 1);
            if (!isFine(args))
                found.append({rule, path, lineAt(code, match.capturedStart()),
                              lineText(text, match.capturedStart())});
        }
    };
    const auto firstIsSafe
        = [](const QStringList &args) { return args.isEmpty() || isSafeText(args[0]); };

    each("(?:\\.|->)\\s*(?:setHtml|setMarkdown)\\s*\\(", QStringLiteral("rich text"), firstIsSafe);
    each("(?:\\.|->)\\s*setToolTip\\s*\\(", QStringLiteral("tool tip"), firstIsSafe);
    each("\\bQToolTip::showText\\s*\\(", QStringLiteral("tool tip"),
         [](const QStringList &args) { return args.size() < 2 || isSafeText(args[1]); });
    each("\\bQMessageBox::(?:information|warning|critical|question|about)\\s*\\(",
         QStringLiteral("message box"),
         [](const QStringList &args) { return args.size() < 3 || isSafeText(args[2]); });
    // QLabel(parent) is fine; QLabel(text…) guesses HTML unless the text is fixed.
    if (!path.endsWith(QStringLiteral("/plain_label.cpp"))
        && !path.endsWith(QStringLiteral("/plain_label.h"))) {
        each("\\b(?:new\\s+QLabel|QLabel\\s+\\w+)\\s*\\(", QStringLiteral("label"),
             [](const QStringList &args) {
                 static const QRegularExpression parent(
                     QStringLiteral("^(?:this|nullptr|\\w*[pP]arent\\w*)$"));
                 return args.isEmpty() || (args.size() == 1 && parent.match(args[0]).hasMatch())
                     || isSafeText(args[0]);
             });
    }
    return found;
}

QString withoutComments(const QString &text)
{
    QString out = text;
    const auto blank = [&out](qsizetype from, qsizetype to) {
        for (qsizetype i = from; i < to && i < out.size(); ++i) {
            if (out.at(i) != QLatin1Char('\n'))
                out[i] = QLatin1Char(' ');
        }
    };
    // String contents turn into underscores, so `"exec("` is no call.
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QChar c = text.at(i);
        const QChar next = i + 1 < text.size() ? text.at(i + 1) : QChar();
        if (c == QLatin1Char('/') && next == QLatin1Char('/')) {
            qsizetype end = text.indexOf(QLatin1Char('\n'), i);
            end = end < 0 ? text.size() : end;
            blank(i, end);
            i = end - 1;
        } else if (c == QLatin1Char('/') && next == QLatin1Char('*')) {
            qsizetype end = text.indexOf(QStringLiteral("*/"), i + 2);
            end = end < 0 ? text.size() : end + 2;
            blank(i, end);
            i = end - 1;
        } else if (c == QLatin1Char('"') && i > 0 && text.at(i - 1) == QLatin1Char('R')) {
            const qsizetype open = text.indexOf(QLatin1Char('('), i);
            if (open < 0)
                break;
            const QString close
                = QLatin1Char(')') + text.mid(i + 1, open - i - 1) + QLatin1Char('"');
            qsizetype end = text.indexOf(close, open);
            end = end < 0 ? text.size() : end + close.size() - 1;
            blank(i + 1, end);
            i = end;
        } else if (c == QLatin1Char('"')) {
            qsizetype end = i + 1;
            while (end < text.size() && text.at(end) != QLatin1Char('"')
                   && text.at(end) != QLatin1Char('\n'))
                end += text.at(end) == QLatin1Char('\\') ? 2 : 1;
            for (qsizetype k = i + 1; k < qMin(end, out.size()); ++k) {
                if (out.at(k) != QLatin1Char('\n'))
                    out[k] = QLatin1Char('_');
            }
            i = end;
        } else if (c == QLatin1Char('\'') && (i == 0 || !text.at(i - 1).isLetterOrNumber())) {
            // A character literal; a quote between digits is a separator.
            qsizetype end = i + 1;
            while (end < text.size() && text.at(end) != QLatin1Char('\'')
                   && text.at(end) != QLatin1Char('\n'))
                end += text.at(end) == QLatin1Char('\\') ? 2 : 1;
            blank(i + 1, end);
            i = end;
        }
    }
    return out;
}

} // namespace sb::house
