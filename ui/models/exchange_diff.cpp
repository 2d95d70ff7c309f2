#include "models/exchange_diff.h"

#include "words/format.h"
#include "words/plain.h"
#include "words/states.h"

#include <QCoreApplication>

#include <algorithm>

namespace sb::models {

namespace {

struct Diff {
    Q_DECLARE_TR_FUNCTIONS(Diff)
};

QString signedText(bool isMore, const QString &text)
{
    return (isMore ? QStringLiteral("+") : QStringLiteral("\u2212")) + text;
}

class Lines {
public:
    void heading(const QString &label)
    {
        m_lines.append({.kind = DiffLine::Kind::Heading, .label = label});
    }

    void text(const QString &label, const QString &left, const QString &right)
    {
        const auto shown = [](const QString &text) {
            return text.isEmpty() ? words::unknown() : words::visible(text);
        };
        m_lines.append({.label = label,
                        .left = shown(left),
                        .right = shown(right),
                        .isDifferent = left != right});
    }

    // Two requests never start together: that is no difference worth a mark.
    void moment(const QString &label, qint64 left, qint64 right)
    {
        m_lines.append(
            {.label = label, .left = words::timeMillis(left), .right = words::timeMillis(right)});
    }

    void time(const QString &label, Micros left, Micros right)
    {
        DiffLine line = number(label, words::durationColumn(left), words::durationColumn(right));
        const bool isKnown = left >= Micros::zero() && right >= Micros::zero();
        if (line.isDifferent && isKnown)
            line.difference = signedText(
                right > left, words::duration(std::max(left, right) - std::min(left, right)));
        m_lines.append(line);
    }

    void count(const QString &label, std::optional<qint64> left, std::optional<qint64> right)
    {
        const auto shown
            = [](std::optional<qint64> n) { return n ? words::count(*n) : words::unknown(); };
        DiffLine line = number(label, shown(left), shown(right));
        if (left && right && *left != *right)
            line.difference = signedText(*right > *left, words::count(std::abs(*right - *left)));
        m_lines.append(line);
    }

    void cost(const QString &label, const Settlement &left, const Settlement &right)
    {
        DiffLine line = number(label, words::cost(left.cost, left.source),
                               words::cost(right.cost, right.source));
        const auto isMoney = [](CostSource source) {
            return source == CostSource::Computed || source == CostSource::Estimated
                || source == CostSource::ProviderReported;
        };
        if (left.cost != right.cost && isMoney(left.source) && isMoney(right.source)) {
            const bool isMore = right.cost > left.cost;
            line.isDifferent = true;
            line.difference = signedText(
                isMore, words::money(isMore ? right.cost - left.cost : left.cost - right.cost));
        }
        m_lines.append(line);
    }

    QList<DiffLine> taken() { return std::move(m_lines); }

private:
    static DiffLine number(const QString &label, const QString &left, const QString &right)
    {
        return {.label = label,
                .left = left,
                .right = right,
                .isDifferent = left != right,
                .isNumber = true};
    }

    QList<DiffLine> m_lines;
};

std::optional<qint64> known(const Exchange &exchange, qint64 count)
{
    return exchange.settlement.usage.source == UsageSource::None ? std::nullopt
                                                                 : std::optional(count);
}

QString servedBy(const Exchange &exchange, const words::Names &names)
{
    if (const Attempt *server = exchange.server())
        return names.of(server->target);
    return exchange.outcome.kind == OutcomeKind::Running ? QString() : Diff::tr("nobody");
}

const Candidate *ranked(const Exchange &exchange, int rank)
{
    for (const Candidate &candidate : exchange.decision.candidates) {
        if (candidate.rank == rank)
            return &candidate;
    }
    return nullptr;
}

QString fateOf(const Exchange &exchange, int rank, const words::Names &names)
{
    const Candidate *candidate = ranked(exchange, rank);
    return candidate ? Diff::tr("%1: %2", "target, what became of it")
                           .arg(names.of(candidate->target), words::fate(exchange, *candidate))
                     : QString();
}

QString status(const Exchange &exchange)
{
    return exchange.outcome.status > 0 ? QString::number(exchange.outcome.status) : QString();
}

} // namespace

QList<DiffLine> compare(const Exchange &left, const Exchange &right, const words::Names &names)
{
    Lines lines;
    lines.heading(Diff::tr("Request"));
    lines.moment(Diff::tr("Time"), left.wallMs, right.wallMs);
    lines.text(Diff::tr("Client"), names.of(left.client), names.of(right.client));
    lines.text(Diff::tr("Asked for"), left.ask.model, right.ask.model);
    lines.text(Diff::tr("API"), words::dialect(left.ask.dialect),
               words::dialect(right.ask.dialect));
    lines.text(Diff::tr("Kind"), left.ask.isStream ? Diff::tr("stream") : Diff::tr("one reply"),
               right.ask.isStream ? Diff::tr("stream") : Diff::tr("one reply"));

    lines.heading(Diff::tr("Answer"));
    lines.text(Diff::tr("State"), words::requestState(left), words::requestState(right));
    lines.text(Diff::tr("Served by"), servedBy(left, names), servedBy(right, names));
    lines.text(Diff::tr("Status", "HTTP status"), status(left), status(right));

    lines.heading(Diff::tr("Times"));
    lines.time(Diff::tr("First token"), left.firstContentAt, right.firstContentAt);
    lines.time(Diff::tr("Duration"), left.endedAt, right.endedAt);
    lines.count(Diff::tr("Attempts"), left.attempts.size(), right.attempts.size());

    lines.heading(Diff::tr("Tokens, cost"));
    const Usage &a = left.settlement.usage;
    const Usage &b = right.settlement.usage;
    lines.count(Diff::tr("In", "prompt tokens"), known(left, a.prompt()), known(right, b.prompt()));
    lines.count(Diff::tr("Cached", "tokens"), known(left, a.cacheRead), known(right, b.cacheRead));
    lines.count(Diff::tr("Out", "reply tokens"), known(left, a.completion()),
                known(right, b.completion()));
    lines.cost(Diff::tr("Cost"), left.settlement, right.settlement);

    lines.heading(Diff::tr("Decision"));
    lines.text(Diff::tr("Read as", "how a model name was found"),
               words::source(left.decision.source), words::source(right.decision.source));
    lines.text(Diff::tr("Configuration", "its revision"), words::count(left.revision),
               words::count(right.revision));
    const auto targets
        = std::max(left.decision.candidates.size(), right.decision.candidates.size());
    for (int rank = 1; rank <= int(targets); ++rank) {
        lines.text(Diff::tr("Target %1").arg(words::count(rank)), fateOf(left, rank, names),
                   fateOf(right, rank, names));
    }
    return lines.taken();
}

} // namespace sb::models
