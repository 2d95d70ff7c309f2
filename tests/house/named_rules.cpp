#include "house/named_rules.h"

#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>

namespace sb::house {

QStringList translationRules()
{
    QStringList rules;
    const auto add = [&rules](const char *section) {
        rules.append(QStringLiteral("T§") + QLatin1String(section));
    };
    for (const char *section :
         {"1",   "2",    "3",    "4",    "5",    "6.1",  "6.2",  "6.3",  "7.1", "7.2", "7.3",
          "8.1", "8.2",  "9.1",  "9.2",  "9.3",  "9.4",  "10",   "10.1", "11",  "12",  "13",
          "15",  "16.1", "16.2", "16.3", "16.4", "16.5", "16.6", "17",   "18",  "19"})
        add(section);
    for (int pass = 1; pass <= 15; ++pass)
        rules.append(QStringLiteral("T§14.%1").arg(pass));
    return rules;
}

QSet<QString> namedRules(const QString &folder)
{
    // P-256 is a curve and XP-1 something else.
    static const QRegularExpression name(
        QStringLiteral("(?<![\\w-])P-\\d{1,3}(?!\\d)|T§\\d+(?:\\.\\d+)?"),
        QRegularExpression::UseUnicodePropertiesOption);
    QSet<QString> named;
    QDirIterator files(folder, {QStringLiteral("*.cpp")}, QDir::Files,
                       QDirIterator::Subdirectories);
    while (files.hasNext()) {
        const QString path = files.next();
        if (path.contains(QStringLiteral("/house/")))
            continue;
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly))
            continue;
        const QString text = QString::fromUtf8(file.readAll());
        QRegularExpressionMatchIterator matches = name.globalMatch(text);
        while (matches.hasNext())
            named.insert(matches.next().captured());
    }
    return named;
}

QStringList unnamedRules(const QSet<QString> &named, const QSet<QString> &open)
{
    QStringList rules = translationRules();
    for (int number = 1; number <= kPitfalls; ++number)
        rules.append(QStringLiteral("P-%1").arg(number));
    QStringList unnamed;
    for (const QString &rule : std::as_const(rules)) {
        if (!named.contains(rule) && !open.contains(rule))
            unnamed.append(rule);
    }
    return unnamed;
}

} // namespace sb::house
