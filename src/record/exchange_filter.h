// The filter language of Requests as a value: parsed from text, tested on an exchange.
//
// `status:429 provider:openai client:"Claude Code" targets:>1 cost:>0.01 ttft:>2s error:timeout`;
// bare words search model and error; `-` negates; terms are joined by "and". Pure and any thread.
// [console §3.2]
#pragma once

#include "base/result.h"
#include "record/exchange.h"

#include <QList>

namespace sb {

enum class FilterField : quint8 {
    Text, // a bare word: model asked for, model served, provider, error words
    Status,
    Provider, // of any attempt
    ServedBy,
    Client,
    Chain,
    Model,
    Program,
    Folder,
    Session,
    Tag,
    Targets, // number of attempts
    Cost, // USD
    FirstContent, // ttft
    Duration,
    TokensIn,
    TokensOut,
    Error, // code or outcome name, or one of its classes: timeout, network, tls, limited, …
    Is, // failed, failed-over, diverted, drill, replay, streaming, unpriced, estimated, running
    Id,
    Dialect,
    After, // wall time
    Before,
};

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
    enum class Kind : quint8 { UnknownField, BadNumber, BadTime, UnknownWord, NoSign, OpenQuote };
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

ParsedFilter parseFilter(const QString &line);
// The line that parses to this filter.
QString filterText(const ExchangeFilter &filter);

} // namespace sb
