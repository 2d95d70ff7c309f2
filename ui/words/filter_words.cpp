#include "words/filter_words.h"

#include "words/plain.h"

#include <QCoreApplication>

namespace sb::words {

namespace {
struct Filter {
    Q_DECLARE_TR_FUNCTIONS(Filter)
};
} // namespace

QString filterProblem(const FilterProblem &problem, const QString &line)
{
    constexpr qsizetype kShown = 40;
    const QString part = trimmed(line.mid(problem.from, problem.length), kShown);
    const bool hasNearest = !problem.nearest.isEmpty();
    switch (problem.kind) {
    case FilterProblem::Kind::UnknownField:
        if (hasNearest)
            return Filter::tr("There is no field “%1”. Did you mean “%2”?")
                .arg(part, problem.nearest);
        return Filter::tr("There is no field “%1”. Put it in quotes to search for it as text.")
            .arg(part);
    case FilterProblem::Kind::UnknownWord:
        if (hasNearest)
            return Filter::tr("“%1” is not one of the words here. Did you mean “%2”?")
                .arg(part, problem.nearest);
        return Filter::tr("“%1” is not one of the words here.").arg(part);
    case FilterProblem::Kind::BadNumber:
        return Filter::tr("“%1” is not a number this field takes: for example >2s, >0.01, 10k or "
                          "4xx.")
            .arg(part);
    case FilterProblem::Kind::BadTime:
        return Filter::tr("“%1” is not a time: for example 2h, 10:30 or 2026-11-22.").arg(part);
    case FilterProblem::Kind::NoSign:
        return Filter::tr("“%1” needs > or < in front, as in “%2”.").arg(part, problem.nearest);
    case FilterProblem::Kind::OpenQuote:
        return Filter::tr("A quote is open: close it with \".");
    case FilterProblem::Kind::NoValue:
        return Filter::tr("“%1” needs a value behind the colon.").arg(part);
    case FilterProblem::Kind::TooLong:
        return Filter::tr("The line is too long: what stands behind %n character(s) is not read.",
                          nullptr, int(kFilterLength));
    }
    return {};
}

QString filterHelp(FilterField field)
{
    switch (field) {
    case FilterField::Text:
        return Filter::tr("in models, providers, errors and their words");
    case FilterField::Status:
        return Filter::tr("what the client got: 429, 4xx, >=500");
    case FilterField::Provider:
        return Filter::tr("tried, whether it answered or not");
    case FilterField::ServedBy:
        return Filter::tr("the provider that answered");
    case FilterField::Client:
        return Filter::tr("who called");
    case FilterField::Chain:
        return Filter::tr("the chain it took");
    case FilterField::Model:
        return Filter::tr("asked for, sent or served");
    case FilterField::Program:
        return Filter::tr("the program that called");
    case FilterField::Folder:
        return Filter::tr("the folder it ran in");
    case FilterField::Session:
        return Filter::tr("the session the client named");
    case FilterField::Tag:
        return Filter::tr("a tag the client set");
    case FilterField::Targets:
        return Filter::tr("attempts: >1");
    case FilterField::Cost:
        return Filter::tr("dollars: >0.01");
    case FilterField::FirstContent:
        return Filter::tr("time to the first token: >2s");
    case FilterField::Duration:
        return Filter::tr("time to the end: >10s, <300ms");
    case FilterField::TokensIn:
        return Filter::tr("prompt tokens: >10k");
    case FilterField::TokensOut:
        return Filter::tr("reply tokens: >1k");
    case FilterField::Error:
        return Filter::tr("timeout, limited, a code, or a provider's status");
    case FilterField::Is:
        return Filter::tr("failed, failed-over, diverted, drill, running");
    case FilterField::Id:
        return Filter::tr("the beginning of a request id");
    case FilterField::Dialect:
        return Filter::tr("the API the client spoke");
    case FilterField::After:
        return Filter::tr("a time: 2h, 10:30, 2026-11-22");
    case FilterField::Before:
        return Filter::tr("a time: 2h, 10:30, 2026-11-22");
    }
    return {};
}

} // namespace sb::words
