#include "house/readme_names.h"

#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>

namespace sb::house {

namespace {

QString readText(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

bool isProjectPath(const QString &text)
{
    static const QRegularExpression shape(
        QStringLiteral("^(?:src|ui|resources|translations|tests|packaging|\\.ci)(?:/[\\w.+-]+)*/?$"
                       "|^(?:CMakeLists\\.txt|CMakePresets\\.json|LICENSE|README\\.md|\\.clang-"
                       "format|\\.clang-tidy)$"));
    return shape.match(text).hasMatch();
}

bool hasWord(const QString &text, const QString &word)
{
    return QRegularExpression(QStringLiteral("\\b%1\\b").arg(QRegularExpression::escape(word)))
        .match(text)
        .hasMatch();
}

bool isInSources(const QString &root, const QString &word)
{
    for (const char *folder : {"/src", "/ui", "/tests"}) {
        QDirIterator it(root + QLatin1String(folder),
                        {QStringLiteral("*.cpp"), QStringLiteral("*.h")}, QDir::Files,
                        QDirIterator::Subdirectories);
        while (it.hasNext()) {
            if (hasWord(readText(it.next()), word))
                return true;
        }
    }
    return false;
}

} // namespace

QList<NamedThing> namedThings(const QString &markdown)
{
    // Code blocks are commands and their output, not claims.
    QString text = markdown;
    static const QRegularExpression fence(QStringLiteral("^```.*?^```"),
                                          QRegularExpression::MultilineOption
                                              | QRegularExpression::DotMatchesEverythingOption);
    text.remove(fence);

    QList<NamedThing> things;
    static const QRegularExpression code(QStringLiteral("`([^`\\n]+)`"));
    for (auto it = code.globalMatch(text); it.hasNext();) {
        const QString token = it.next().captured(1).trimmed();
        static const QRegularExpression withFunction(
            QStringLiteral("^([\\w./+-]+):\\s*([A-Za-z_][\\w:]*)(?:\\(\\))?$"));
        static const QRegularExpression function(
            QStringLiteral("^(?:\\w+::)*([A-Za-z_]\\w*)\\(\\)$"));
        if (const auto match = withFunction.match(token);
            match.hasMatch() && isProjectPath(match.captured(1)))
            things.append({match.captured(1), match.captured(2).section(QStringLiteral("::"), -1)});
        else if (const auto call = function.match(token); call.hasMatch())
            things.append({QString(), call.captured(1)});
        else if (isProjectPath(token))
            things.append({token, QString()});
    }
    static const QRegularExpression link(QStringLiteral("\\]\\(([^)#\\s]+)(?:#[^)]*)?\\)"));
    for (auto it = link.globalMatch(text); it.hasNext();) {
        const QString target = it.next().captured(1);
        if (!target.contains(QStringLiteral("://"))
            && !target.startsWith(QStringLiteral("mailto:")))
            things.append({target, QString()});
    }
    return things;
}

QStringList missingThings(const QString &root, const QList<NamedThing> &things)
{
    QStringList missing;
    for (const NamedThing &thing : things) {
        const QString path = root + QLatin1Char('/') + thing.path;
        if (thing.path.isEmpty()) {
            if (!isInSources(root, thing.function))
                missing.append(QStringLiteral("no %1() in the sources").arg(thing.function));
        } else if (!QFileInfo::exists(path)) {
            missing.append(QStringLiteral("no %1").arg(thing.path));
        } else if (!thing.function.isEmpty() && !hasWord(readText(path), thing.function)) {
            missing.append(QStringLiteral("no %1 in %2").arg(thing.function, thing.path));
        }
    }
    return missing;
}

} // namespace sb::house
