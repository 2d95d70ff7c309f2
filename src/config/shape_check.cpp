// The walk over a document with the table of keys in hand.
#include "config/shape.h"

#include "base/money.h"

namespace sb::config {

namespace {

using json::Value;
using T = Field::Type;

// Nine digits before the point are plenty, and keep every product within 128 bits.
constexpr qint64 kMostPricePico = 100'000'000'000; // 100,000 dollars per million

QString quoted(QByteArrayView text)
{
    QString out = QString::fromUtf8(text.first(std::min<qsizetype>(text.size(), 80)));
    for (QChar &c : out) {
        if (c < u' ' || c == QChar(0x7f))
            c = u'?';
    }
    return u'"' + out + u'"';
}

QString kindWord(const Value &value)
{
    switch (value.kind()) {
    case Value::Kind::Null:
        return QStringLiteral("null");
    case Value::Kind::Bool:
        return QStringLiteral("true or false");
    case Value::Kind::Number:
        return QStringLiteral("a number");
    case Value::Kind::String:
        return QStringLiteral("a string");
    case Value::Kind::Array:
        return QStringLiteral("an array");
    case Value::Kind::Object:
        return QStringLiteral("an object");
    }
    return {};
}

QList<QString> words(const char *text)
{
    return QString::fromLatin1(text).split(u' ');
}

class Walk {
public:
    explicit Walk(QList<Problem> &problems)
        : m_problems(problems)
    {
    }

    void object(const Value &value, const Shape &shape, const QString &path)
    {
        if (!expect(value.isObject(), QStringLiteral("an object"), value, path))
            return;
        QList<QByteArray> seen;
        for (const json::Member &member : value.members()) {
            if (member.key == "//") // comments, any number of them
                continue;
            const QString at = memberPath(path, member.key);
            if (seen.contains(member.key)) {
                report(at, QStringLiteral("The key is given twice."));
                continue;
            }
            seen.append(member.key);
            if (const Field *field = shape.find(member.key))
                this->field(member.value, *field, at);
            else
                unknownKey(shape, member.key, at);
        }
        for (const Field &field : shape.fields) {
            if (field.isRequired && !seen.contains(field.key))
                report(path,
                       QStringLiteral("The key \"%1\" is missing: %2")
                           .arg(QLatin1String(field.key), QString::fromUtf8(field.text)));
        }
    }

private:
    void field(const Value &value, const Field &field, const QString &path)
    {
        switch (field.type) {
        case T::Refused:
            report(path, QStringLiteral("This is not supported yet; remove it."));
            return;
        case T::Object:
            object(value, *field.shape, path);
            return;
        case T::List:
            list(value, field, path);
            return;
        case T::Map:
            map(value, field, path);
            return;
        default:
            scalar(value, field, field.type, path);
        }
    }

    void list(const Value &value, const Field &field, const QString &path)
    {
        if (!expect(value.isArray(), QStringLiteral("an array"), value, path))
            return;
        const qsizetype size = value.items().size();
        if (size < field.least)
            report(path, QStringLiteral("At least one entry is needed."));
        if (field.most > 0 && size > field.most)
            report(path, QStringLiteral("At most %1 entries are allowed.").arg(field.most));
        for (qsizetype i = 0; i < size; ++i) {
            const QString at = path + u'[' + QString::number(i) + u']';
            if (field.item == T::Object)
                object(value.items()[i], *field.shape, at);
            else
                scalar(value.items()[i], field, field.item, at);
        }
    }

    void map(const Value &value, const Field &field, const QString &path)
    {
        if (!expect(value.isObject(), QStringLiteral("an object"), value, path))
            return;
        QList<QByteArray> seen;
        for (const json::Member &member : value.members()) {
            if (member.key == "//")
                continue;
            const QString at = memberPath(path, member.key);
            if (seen.contains(member.key)) {
                report(at, QStringLiteral("The key is given twice."));
                continue;
            }
            seen.append(member.key);
            if (field.choices) {
                const QList<QString> allowed = words(field.choices);
                const QString key = QString::fromUtf8(member.key);
                if (!allowed.contains(key)) {
                    report(at, QStringLiteral("This is none of: %1.").arg(allowed.join(u", ")),
                           nearestOf(key, allowed));
                    continue;
                }
            }
            scalar(member.value, field, field.item, at);
        }
    }

    void scalar(const Value &value, const Field &field, T type, const QString &path)
    {
        switch (type) {
        case T::Bool:
            expect(value.isBool(), QStringLiteral("true or false"), value, path);
            return;
        case T::Int: {
            const auto number = value.toInt();
            if (!expect(number.has_value(), QStringLiteral("a whole number"), value, path))
                return;
            if (*number < field.least || *number > field.most)
                report(path,
                       field.least == field.most
                           ? QStringLiteral("Only %1 is known to this program.").arg(field.least)
                           : QStringLiteral("%1 is out of bounds: %2 to %3.")
                                 .arg(*number)
                                 .arg(field.least)
                                 .arg(field.most));
            return;
        }
        default:
            break;
        }
        if (!expect(value.isString(), wanted(type), value, path))
            return;
        const QByteArray &text = value.text();
        if (text.isEmpty()) {
            report(path, QStringLiteral("The text is empty."));
            return;
        }
        // A secret might be anything, also a literal that must not be repeated in a message.
        if (type != T::Secret && std::any_of(text.begin(), text.end(), [](char c) {
                return (c >= 0 && c < ' ') || c == 0x7f;
            })) {
            report(path, QStringLiteral("Control characters are not allowed here."));
            return;
        }
        if (text.size() > 2'048) {
            report(path, QStringLiteral("The text is longer than 2048 bytes."));
            return;
        }
        if (type == T::Id && !isId(text)) {
            report(path,
                   QStringLiteral("%1 is no id: lower-case letters, digits, \".\", \"_\" and "
                                  "\"-\", at most 64, a letter or digit first.")
                       .arg(quoted(text)));
        } else if (type == T::Choice) {
            const QList<QString> allowed = words(field.choices);
            if (const QString word = QString::fromUtf8(text); !allowed.contains(word))
                report(path,
                       QStringLiteral("%1 is none of: %2.").arg(quoted(text), allowed.join(u", ")),
                       nearestOf(word, allowed));
        } else if (type == T::Dollars) {
            if (!Money::parse(text))
                report(path,
                       QStringLiteral("%1 is no amount: decimal dollars like \"10.00\", up to nine "
                                      "decimals.")
                           .arg(quoted(text)));
        } else if (type == T::Price) {
            const auto price = Price::parsePerMillion(text);
            if (!price)
                report(path,
                       QStringLiteral("%1 is no price: decimal dollars per million tokens like "
                                      "\"2.50\", up to six decimals.")
                           .arg(quoted(text)));
            else if (price->pico > kMostPricePico)
                report(path,
                       QStringLiteral("A price above 100000 dollars per million is refused."));
        }
    }

    static QString wanted(T type)
    {
        switch (type) {
        case T::Dollars:
        case T::Price:
            return QStringLiteral("a decimal number in quotes, like \"2.50\"");
        case T::Secret:
            return QStringLiteral("a reference like \"keychain:NAME\" or \"env:NAME\"");
        default:
            return QStringLiteral("a string");
        }
    }

    void unknownKey(const Shape &shape, QByteArrayView key, const QString &path)
    {
        QList<QString> known;
        for (const Field &field : shape.fields) {
            if (field.type != T::Refused)
                known.append(QString::fromLatin1(field.key));
        }
        const QString nearest = nearestOf(QString::fromUtf8(key), known);
        QString message = QStringLiteral("The key is unknown.");
        if (!nearest.isEmpty())
            message += QStringLiteral(" Did you mean \"%1\"?").arg(nearest);
        report(path, message, nearest);
    }

    bool expect(bool isFine, const QString &wanted, const Value &found, const QString &path)
    {
        if (!isFine)
            report(path, QStringLiteral("This must be %1, not %2.").arg(wanted, kindWord(found)));
        return isFine;
    }

    void report(const QString &path, const QString &message, const QString &nearest = {})
    {
        m_problems.append({Problem::Severity::Error, path, message, nearest});
    }

    QList<Problem> &m_problems;
};

qsizetype editDistance(QStringView a, QStringView b)
{
    QVarLengthArray<qsizetype, 64> row(b.size() + 1);
    for (qsizetype j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (qsizetype i = 1; i <= a.size(); ++i) {
        qsizetype diagonal = row[0];
        row[0] = i;
        for (qsizetype j = 1; j <= b.size(); ++j) {
            const qsizetype above = row[j];
            row[j]
                = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

} // namespace

void checkShape(const Value &value, const Shape &shape, const QString &path,
                QList<Problem> &problems)
{
    Walk(problems).object(value, shape, path);
}

QString nearestOf(const QString &text, const QList<QString> &candidates)
{
    if (text.isEmpty() || text.size() > 128)
        return {};
    const QString wanted = text.toLower().replace(u'-', u'_');
    QString best;
    qsizetype bestDistance = std::max<qsizetype>(2, text.size() / 3) + 1;
    for (const QString &candidate : candidates) {
        if (candidate.size() > 128)
            continue;
        const QString plain = candidate.toLower().replace(u'-', u'_');
        qsizetype distance = editDistance(wanted, plain);
        // A word left out ("timeout" for "timeouts", "url" for "base_url") is a near miss too.
        if (wanted.size() >= 3
            && (plain.endsWith(u'_' + wanted) || plain.startsWith(wanted + u'_')))
            distance = std::min<qsizetype>(distance, 1);
        if (distance < bestDistance && distance < std::max(wanted.size(), plain.size())) {
            bestDistance = distance;
            best = candidate;
        }
    }
    return best;
}

QString memberPath(const QString &path, QByteArrayView key)
{
    const bool isPlain = !key.isEmpty() && std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
            || c == '_' || c == '$';
    });
    const QString name = QString::fromUtf8(key.first(std::min<qsizetype>(key.size(), 200)));
    if (isPlain)
        return path + u'.' + name;
    return path + QStringLiteral("[\"")
        + QString(name).replace(u'\\', QStringLiteral("\\\\")).replace(u'"', QStringLiteral("\\\""))
        + QStringLiteral("\"]");
}

} // namespace sb::config
