// The filter language of Requests as a value: parsed from text, tested on an exchange.
//
// `status:429 provider:openai client:"Claude Code" targets:>1 cost:>0.01 ttft:>2s error:timeout`;
// bare words search model and error; `-` negates; terms are joined by "and". Pure and any thread.
// [console §3.2]
#pragma once

#include "base/result.h"
#include "record/exchange.h"

#include <QList>
#include <QStringList>

namespace sb {

// Words are compared without case, and with space, "-" and "_" taken as the same. A value that is
// not known (no first token, running, unpriced) answers no comparison; `-` turns any answer round.
enum class FilterField : quint8 {
    Text, // a bare word, in: model asked for, sent or served, provider ids, outcome and code names,
          // the provider's words
    Status, // what the client got
    Provider, // id, of any attempt
    ServedBy, // provider id
    Client, // id
    Chain, // id
    Model, // a part of the model asked for, sent or served
    Program, // a part of it
    Folder, // a part of it
    Session, // the whole
    Tag, // "name" or "name=value"
    Targets, // how many different ones were tried
    Cost, // USD; an unpriced or running one has none
    FirstContent, // ttft, seconds
    Duration, // seconds
    TokensIn, // all prompt tokens, cached ones too
    TokensOut,
    Error, // of the answer's code or of any attempt: its name, a class (limited, refused, server,
           // network, tls, timeout, broken), or the status a provider answered with
    Is, // failed (refused and cut too), failed-over, diverted, drill (simulated or injected),
        // replay, streaming (asked for as a stream), unpriced, estimated, running
    Id, // its beginning, with or without "sbx_"
    Dialect,
    After, // wall time: accepted at or after
    Before, // accepted before
};
constexpr int kFilterFields = int(FilterField::Before) + 1;

enum class FilterSign : quint8 { Is, Above, AtLeast, Below, AtMost };

struct FilterTerm {
    FilterField field = FilterField::Text;
    FilterSign sign = FilterSign::Is;
    bool isNegated = false;
    QString text; // as written, without quotes
    double number = 0; // USD, seconds, count, status or wall ms by field
    double numberTo = 0; // status classes: 4xx is 400 … 499
    qsizetype from = 0; // where it stands in the line, for marks and chips
    qsizetype length = 0;

    friend bool operator==(const FilterTerm &, const FilterTerm &) = default;
};

// A part of the line that means nothing, and what would.
struct FilterProblem {
    enum class Kind : quint8 {
        UnknownField,
        BadNumber,
        BadTime,
        UnknownWord,
        NoSign, // a cost or time needs > or <
        OpenQuote,
        NoValue, // "status:" and nothing behind
        TooLong, // beyond kFilterLength; not read
    };
    Kind kind = Kind::UnknownField;
    qsizetype from = 0;
    qsizetype length = 0;
    QString nearest; // a field or word that is close, where there is one
};

struct ExchangeFilter {
    QList<FilterTerm> terms;

    bool isEmpty() const { return terms.isEmpty(); }
    bool matches(const Exchange &exchange) const;
    friend bool operator==(const ExchangeFilter &a, const ExchangeFilter &b)
    {
        return a.terms == b.terms;
    }
};

struct ParsedFilter {
    ExchangeFilter filter; // the parts that mean something
    QList<FilterProblem> problems;
};

constexpr qsizetype kFilterLength = 2'000; // characters of a line

// `nowWallMs` and the zone (IANA id, empty = the system's) turn "2h", "10:30" and "2026-11-22" into
// times: two hours ago, the last time it was 10:30, the start of that day. "2026-11-22T10:30",
// with seconds and milliseconds if wanted, and plain milliseconds since 1970 are taken too. Without
// a now the first two are problems. Linear in the length of the line.
ParsedFilter parseFilter(const QString &line, qint64 nowWallMs = 0, const QByteArray &zone = {});
// The line that parses to this filter.
QString filterText(const ExchangeFilter &filter);
QString filterText(const FilterTerm &term);

// For completion: what is written before the colon ("ttft"), and the words a field takes where
// they are a fixed list (is, error, dialect).
QString filterName(FilterField field);
QStringList filterWords(FilterField field);
// Whether the field is compared with a number, and whether it must have > or <.
bool isNumeric(FilterField field);
// Different targets among the attempts; a retry of the same one is not another.
int triedTargets(const Exchange &exchange);
// The same word to the filter: without case, space, "-" and "_" alike.
bool isSameWord(QStringView a, QStringView b);

} // namespace sb
