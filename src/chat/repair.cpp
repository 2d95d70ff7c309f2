#include "chat/repair.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "chat/arguments.h"
#include "chat/envelope.h"
#include "chat/names.h"

#include <QSet>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace sb::chat {

namespace {

constexpr QByteArrayView kInterrupted("(no result: interrupted)");

QByteArray fieldOf(const Part &part)
{
    return part.path.isEmpty() ? QByteArray("messages") : part.path;
}

bool isBlankText(const Part &part)
{
    const TextPart *text = part.as<TextPart>();
    return text && text->text.isBlank() && text->citationsRaw.isEmpty() && part.artifacts.empty();
}

// Behind the results of a turn, which stay in front. [pitfall 31]
std::vector<Part>::iterator behindResults(Turn &turn)
{
    return std::find_if(turn.parts.begin(), turn.parts.end(),
                        [](const Part &part) { return !part.is<ToolResult>(); });
}

// ---- Calls and results -------------------------------------------------------------------------

// Gives every call its own id and every result its call, then puts each turn's results right behind
// it. Nothing is moved where all is in order already.
class Pairing {
public:
    Pairing(Request &request, Changes &changes)
        : m_request(request)
        , m_changes(changes)
    {
    }
    void run()
    {
        splitMerged();
        read();
        if (!isInOrder())
            rebuild();
    }

private:
    struct Call {
        size_t turn = 0;
        size_t part = 0;
        bool isAnswered = false;
        size_t resultTurn = 0;
        size_t resultPart = 0;
    };

    ToolCall &call(const Call &place)
    {
        return *m_request.turns[place.turn].parts[place.part].as<ToolCall>();
    }
    void splitMerged();
    void read();
    void takeCall(Part &part, size_t turn, size_t place);
    void takeResult(ToolResult &result, size_t turn, size_t place);
    int waitingCall(const ToolResult &result);
    bool isInOrder() const;
    void rebuild();
    Part note(Part orphan);
    Part missing(const ToolCall &call) const;

    Request &m_request;
    Changes &m_changes;
    std::vector<Call> m_calls; // in order
    std::unordered_map<QByteArray, int, TextHash> m_latest; // by the id the source gave it
    std::unordered_set<QByteArray, TextHash> m_ids; // in use
    QSet<quint64> m_owned; // results with a call
    bool m_hasOrphans = false;
};

quint64 placeKey(size_t turn, size_t part)
{
    return quint64(turn) << 32 | quint64(part);
}

// "{…}{…}" in one call was several calls once, where as many results tell so. [pitfall 12]
void Pairing::splitMerged()
{
    for (size_t t = 0; t < m_request.turns.size(); ++t) {
        Turn &turn = m_request.turns[t];
        if (turn.role != Role::Assistant)
            continue;
        for (size_t p = 0; p < turn.parts.size(); ++p) {
            ToolCall *merged = turn.parts[p].as<ToolCall>();
            if (!merged || merged->kind != ToolKind::Function)
                continue;
            ArgumentsTracker tracker;
            tracker.feed(merged->arguments);
            if (tracker.objects() < 2)
                continue;
            const std::vector<QByteArray> objects = splitObjects(merged->arguments.toPlain());
            size_t results = 0;
            for (size_t next = t + 1;
                 next < m_request.turns.size() && m_request.turns[next].role != Role::Assistant;
                 ++next) {
                for (const Part &part : m_request.turns[next].parts) {
                    const ToolResult *result = part.as<ToolResult>();
                    results += result && result->callId == merged->id;
                }
            }
            if (objects.size() < 2 || results != objects.size())
                continue;
            m_changes.note(Deed::Repaired, fieldOf(turn.parts[p]), {}, {}, "history-merged-calls");
            const Part original = turn.parts[p];
            for (size_t i = 0; i < objects.size(); ++i) {
                Part piece = original;
                piece.as<ToolCall>()->arguments = Text::plain(objects[i]);
                if (i == 0)
                    turn.parts[p] = std::move(piece);
                else
                    turn.parts.insert(turn.parts.begin() + qptrdiff(p + i), std::move(piece));
            }
            p += objects.size() - 1;
        }
    }
}

void Pairing::read()
{
    for (size_t t = 0; t < m_request.turns.size(); ++t) {
        Turn &turn = m_request.turns[t];
        for (size_t p = 0; p < turn.parts.size(); ++p) {
            if (turn.parts[p].is<ToolCall>())
                takeCall(turn.parts[p], t, p);
            else if (ToolResult *result = turn.parts[p].as<ToolResult>())
                takeResult(*result, t, p);
        }
    }
}

void Pairing::takeCall(Part &part, size_t turn, size_t place)
{
    ToolCall &call = *part.as<ToolCall>();
    const QByteArray said = call.id;
    if (call.id.isEmpty()) {
        call.id = madeCallId("history", int(m_calls.size()));
        m_changes.note(Deed::Repaired, fieldOf(part), {}, call.id, "history-missing-id");
    }
    // Some begin anew with call_0 every turn. [translation §8.1]
    if (!m_ids.insert(call.id).second) {
        const QByteArray base = call.id;
        for (int n = 2; !m_ids.insert(call.id).second; ++n)
            call.id = base + '_' + QByteArray::number(n);
        m_changes.note(Deed::Repaired, fieldOf(part), base, call.id, "history-duplicate-id");
    }
    // Of several with one id in one turn the first takes the first result.
    const auto known = m_latest.find(said);
    if (!said.isEmpty() && (known == m_latest.end() || m_calls[size_t(known->second)].turn != turn))
        m_latest.insert_or_assign(said, int(m_calls.size()));
    if (said != call.id)
        m_latest.insert_or_assign(call.id, int(m_calls.size()));
    m_calls.push_back({turn, place, false, 0, 0});
}

// By order and name among the calls of the last turn that have no result yet.
int Pairing::waitingCall(const ToolResult &result)
{
    if (m_calls.empty())
        return -1;
    const size_t turn = m_calls.back().turn;
    int any = -1;
    for (int i = int(m_calls.size()) - 1; i >= 0 && m_calls[size_t(i)].turn == turn; --i) {
        if (m_calls[size_t(i)].isAnswered)
            continue;
        if (result.name.isEmpty() || call(m_calls[size_t(i)]).name == result.name)
            any = i;
    }
    return any;
}

void Pairing::takeResult(ToolResult &result, size_t turn, size_t place)
{
    int found = -1;
    if (result.callId.isEmpty()) {
        found = waitingCall(result);
    } else if (const auto known = m_latest.find(result.callId); known != m_latest.end()) {
        found = known->second;
        // The same id several times in one turn: in order.
        if (m_calls[size_t(found)].isAnswered) {
            const size_t callTurn = m_calls[size_t(found)].turn;
            const QByteArray prefix = result.callId + '_';
            found = -1;
            for (size_t i = 0; i < m_calls.size() && found < 0; ++i) {
                if (m_calls[i].turn == callTurn && !m_calls[i].isAnswered
                    && call(m_calls[i]).id.startsWith(prefix))
                    found = int(i);
            }
        }
    }
    if (found < 0) {
        m_hasOrphans = true;
        return;
    }
    Call &owner = m_calls[size_t(found)];
    owner.isAnswered = true;
    owner.resultTurn = turn;
    owner.resultPart = place;
    m_owned.insert(placeKey(turn, place));
    const ToolCall &answered = call(owner);
    result.callId = answered.id;
    // Chat's tool messages have only the id. [pitfall 32]
    if (result.name.isEmpty())
        result.name = answered.name;
    if (result.kind == ToolKind::Function)
        result.kind = answered.kind;
}

bool Pairing::isInOrder() const
{
    if (m_hasOrphans)
        return false;
    size_t expected = 0;
    for (size_t i = 0; i < m_calls.size(); ++i) {
        const Call &call = m_calls[i];
        if (i == 0 || m_calls[i - 1].turn != call.turn)
            expected = 0;
        if (!call.isAnswered || call.resultTurn != call.turn + 1 || call.resultPart != expected++)
            return false;
    }
    return true;
}

Part Pairing::note(Part orphan)
{
    const ToolResult &result = *orphan.as<ToolResult>();
    m_changes.note(Deed::Repaired, fieldOf(orphan), result.callId, {}, "history-orphan-result");
    Text text = joinedText(result.parts, "\n\n");
    if (text.isBlank() && !result.objectRaw.isEmpty())
        text = Text::plain(result.objectRaw);
    if (text.isBlank())
        return textPart({});
    Text said = Text::plain(QByteArrayLiteral("[Result of an earlier tool call]\n"));
    said.append(text);
    Part note = textPart(std::move(said));
    note.cache = orphan.cache;
    return note;
}

Part Pairing::missing(const ToolCall &call) const
{
    ToolResult result;
    result.callId = call.id;
    result.name = call.name;
    result.kind = call.kind;
    result.isError = true;
    result.parts.push_back(textPart(Text::plain(kInterrupted.toByteArray())));
    return Part(std::move(result));
}

void Pairing::rebuild()
{
    std::vector<Turn> old = std::move(m_request.turns);
    // Results are taken out first, so that a late one can go back to its turn.
    std::vector<std::vector<Part>> results(old.size());
    std::vector<bool> hasBorne(old.size(), false); // a turn that results stood in
    for (const Call &place : m_calls) {
        const ToolCall &call = *old[place.turn].parts[place.part].as<ToolCall>();
        if (place.isAnswered) {
            hasBorne[place.resultTurn] = true;
            if (place.resultTurn != place.turn + 1)
                m_changes.note(Deed::Repaired,
                               fieldOf(old[place.resultTurn].parts[place.resultPart]), call.id, {},
                               "history-late-result");
            results[place.turn].push_back(std::move(old[place.resultTurn].parts[place.resultPart]));
        } else {
            m_changes.note(Deed::Repaired, fieldOf(old[place.turn].parts[place.part]), call.id, {},
                           "history-missing-result");
            results[place.turn].push_back(missing(call));
        }
    }
    std::vector<Turn> turns;
    turns.reserve(old.size() + 4);
    std::vector<Part> waiting; // results of the turn written last
    for (size_t t = 0; t < old.size(); ++t) {
        Turn turn = std::move(old[t]);
        std::vector<Part> rest;
        for (size_t p = 0; p < turn.parts.size(); ++p) {
            if (m_owned.contains(placeKey(t, p)))
                continue;
            Part &part = turn.parts[p];
            if (!part.is<ToolResult>()) {
                rest.push_back(std::move(part));
            } else if (Part said = note(std::move(part)); !isBlankText(said)) {
                rest.push_back(std::move(said));
            }
        }
        if (!waiting.empty()) {
            // The turn that bore results keeps its own words behind them.
            if (turn.role == Role::User && hasBorne[t]) {
                rest.insert(rest.begin(), std::make_move_iterator(waiting.begin()),
                            std::make_move_iterator(waiting.end()));
            } else {
                Turn inserted;
                inserted.parts = std::move(waiting);
                turns.push_back(std::move(inserted));
            }
            waiting.clear();
        }
        const bool wasEmpty = turn.parts.empty();
        turn.parts = std::move(rest);
        if (!turn.parts.empty() || wasEmpty)
            turns.push_back(std::move(turn));
        waiting = std::move(results[t]);
    }
    if (!waiting.empty()) {
        Turn inserted;
        inserted.parts = std::move(waiting);
        turns.push_back(std::move(inserted));
    }
    m_request.turns = std::move(turns);
}

// ---- The passes that need the target -----------------------------------------------------------

// Texts without anything in them, and turns that have nothing else. [pass 7]
void removeEmpty(Request &request, const Target &target)
{
    // Anthropic and Gemini refuse white space too. [pitfall 81]
    const bool refusesBlank
        = target.dialect == DialectId::Anthropic || target.dialect == DialectId::Gemini;
    const auto isRefused = [&](const Part &part) {
        const TextPart *text = part.as<TextPart>();
        return isBlankText(part) && (refusesBlank || text->text.isEmpty());
    };
    const auto clean = [&](std::vector<Part> &parts) {
        for (size_t i = 0; i < parts.size(); ++i) {
            if (!isRefused(parts[i]))
                continue;
            // The mark goes to the neighbour. [pass 13]
            if (parts[i].cache && i > 0 && !parts[i - 1].cache)
                parts[i - 1].cache = parts[i].cache;
            parts.erase(parts.begin() + qptrdiff(i--));
        }
    };
    for (Turn &turn : request.instructions)
        clean(turn.parts);
    std::erase_if(request.instructions, [](const Turn &turn) { return turn.parts.empty(); });
    for (Turn &turn : request.turns)
        clean(turn.parts);
    std::vector<Turn> &turns = request.turns;
    for (size_t i = 0; i < turns.size(); ++i) {
        if (!turns[i].parts.empty())
            continue;
        const bool isLastUser = turns[i].role == Role::User && i + 1 == turns.size();
        const bool isBetween = turns[i].role == Role::User && target.can.isAlternating && i > 0
            && i + 1 < turns.size() && turns[i - 1].role == Role::Assistant
            && turns[i + 1].role == Role::Assistant;
        if (isLastUser || isBetween)
            turns[i].parts.push_back(textPart(Text::plain(QByteArrayLiteral("(empty)"))));
        else
            turns.erase(turns.begin() + qptrdiff(i--));
    }
}

// [pass 8] Servers that fill a template parse them, and fail on what is no object. [pitfalls 12,
// 19]
void settleArguments(Request &request, Changes &changes)
{
    for (Turn &turn : request.turns) {
        for (Part &part : turn.parts) {
            ToolCall *call = part.as<ToolCall>();
            if (!call || call->kind == ToolKind::Custom)
                continue;
            ArgumentsTracker tracker;
            tracker.feed(call->arguments);
            const QByteArrayView bytes = call->arguments.view().bytes;
            if (tracker.isWhole() && tracker.objects() == 1 && bytes.startsWith('{')
                && bytes.endsWith('}'))
                continue;
            call->arguments = Text::plain(objectArguments(call->arguments, fieldOf(part), changes));
            call->isIncomplete = false;
        }
    }
}

void mergeInstructions(Request &request, const Target &target, Changes &changes)
{
    std::vector<Turn> &leading = request.instructions;
    if (!target.can.takesSystem && !leading.empty()) {
        Turn folded;
        for (Turn &turn : leading) {
            for (Part &part : turn.parts)
                folded.parts.push_back(std::move(part));
        }
        leading.clear();
        changes.note(Deed::Repaired, "system", {}, "user", "history-fold-system");
        if (!request.turns.empty() && request.turns.front().role == Role::User) {
            Turn &first = request.turns.front();
            first.parts.insert(behindResults(first), std::make_move_iterator(folded.parts.begin()),
                               std::make_move_iterator(folded.parts.end()));
        } else {
            request.turns.insert(request.turns.begin(), std::move(folded));
        }
        return;
    }
    if (target.can.takesManySystem || leading.size() < 2)
        return;
    Turn &first = leading.front();
    first.role = Role::System;
    for (size_t i = 1; i < leading.size(); ++i) {
        for (Part &part : leading[i].parts)
            first.parts.push_back(std::move(part));
    }
    leading.resize(1);
    changes.note(Deed::Repaired, "system", {}, {}, "history-merge-system");
}

// [pass 12] Mistral: an answer must stand between a result and the next question. [pitfall 35]
void bridgeAfterTools(Request &request, Changes &changes)
{
    std::vector<Turn> &turns = request.turns;
    const auto bridge = [] {
        Turn turn;
        turn.role = Role::Assistant;
        turn.parts.push_back(textPart(Text::plain(QByteArrayLiteral("OK."))));
        return turn;
    };
    for (size_t i = 0; i < turns.size(); ++i) {
        if (turns[i].role != Role::User)
            continue;
        const auto rest = behindResults(turns[i]);
        if (rest == turns[i].parts.begin())
            continue;
        Turn said;
        said.parts.assign(std::make_move_iterator(rest),
                          std::make_move_iterator(turns[i].parts.end()));
        turns[i].parts.erase(rest, turns[i].parts.end());
        const bool isUserNext = i + 1 < turns.size() && turns[i + 1].role == Role::User;
        if (said.parts.empty() && !isUserNext)
            continue;
        changes.note(Deed::Repaired, "messages", {}, "OK.", "history-bridge-after-tool");
        if (!said.parts.empty())
            turns.insert(turns.begin() + qptrdiff(i) + 1, std::move(said));
        turns.insert(turns.begin() + qptrdiff(i) + 1, bridge());
        ++i;
    }
}

void checkPrefill(Request &request, const Target &target, Changes &changes)
{
    if (target.can.takesPrefill || request.turns.empty()
        || request.turns.back().role != Role::Assistant)
        return;
    const std::vector<Part> &parts = request.turns.back().parts;
    const bool isBlank = std::all_of(parts.begin(), parts.end(), isBlankText);
    if (isBlank) {
        request.turns.pop_back();
        changes.drop("messages", {}, "prefill");
        return;
    }
    changes.reject("messages",
                   "The conversation ends with an assistant message to be continued, "
                   "which this model cannot do; end it with a user message.");
}

// [pass 13] The oldest in the messages go first; tools and instructions keep theirs.
void limitCacheMarks(Request &request, const Target &target, Changes &changes)
{
    const CacheForm form = target.can.cache;
    const bool isKept = form == CacheForm::Anthropic || form == CacheForm::AnthropicNoTtl
        || form == CacheForm::OpenRouter;
    int fixed = request.cache.topLevel ? 1 : 0;
    for (const Tool &tool : request.tools)
        fixed += tool.cache.has_value();
    for (const Turn &turn : request.instructions) {
        for (const Part &part : turn.parts)
            fixed += part.cache.has_value();
    }
    int inTurns = 0;
    for (const Turn &turn : request.turns) {
        for (const Part &part : turn.parts)
            inTurns += part.cache.has_value();
    }
    if (!isKept) {
        if (fixed + inTurns > 0)
            changes.drop("cache_control", {}, "cache-marks");
        return;
    }
    int over = fixed + inTurns - target.can.cacheMarksMax;
    if (over <= 0)
        return;
    changes.drop("cache_control", QByteArray::number(fixed + inTurns), "cache-marks-limit");
    for (Turn &turn : request.turns) {
        for (Part &part : turn.parts) {
            if (over > 0 && part.cache) {
                part.cache.reset();
                --over;
            }
        }
    }
    for (Turn &turn : request.instructions) {
        for (Part &part : turn.parts) {
            if (over > 0 && part.cache) {
                part.cache.reset();
                --over;
            }
        }
    }
    for (Tool &tool : request.tools) {
        if (over > 0 && tool.cache) {
            tool.cache.reset();
            --over;
        }
    }
}

void settleIds(Request &request, ToolIdRule rule)
{
    if (rule == ToolIdRule::Any)
        return;
    for (Turn &turn : request.turns) {
        for (Part &part : turn.parts) {
            if (ToolCall *call = part.as<ToolCall>())
                call->id = targetCallId(call->id, rule);
            else if (ToolResult *result = part.as<ToolResult>())
                result->callId = targetCallId(result->callId, rule);
        }
    }
}

} // namespace

void pairCalls(Request &request, Changes &changes)
{
    Pairing(request, changes).run();
}

void hoistResultMedia(Request &request)
{
    for (Turn &turn : request.turns) {
        std::vector<Part> hoisted;
        for (Part &part : turn.parts) {
            ToolResult *result = part.as<ToolResult>();
            if (!result)
                continue;
            std::vector<Part> &parts = result->parts;
            const auto media = std::stable_partition(
                parts.begin(), parts.end(), [](const Part &p) { return !p.is<MediaPart>(); });
            if (media == parts.end())
                continue;
            hoisted.insert(hoisted.end(), std::make_move_iterator(media),
                           std::make_move_iterator(parts.end()));
            parts.erase(media, parts.end());
            if (parts.empty())
                parts.push_back(
                    textPart(Text::plain(QByteArrayLiteral("(the result follows as an image)"))));
        }
        if (!hoisted.empty())
            turn.parts.insert(behindResults(turn), std::make_move_iterator(hoisted.begin()),
                              std::make_move_iterator(hoisted.end()));
    }
}

void foldSystemTurns(Request &request, const Target &target, Changes &changes)
{
    if (target.can.takesMidSystem)
        return;
    std::vector<Turn> &turns = request.turns;
    for (size_t i = 0; i < turns.size(); ++i) {
        if (turns[i].role != Role::System && turns[i].role != Role::Developer)
            continue;
        Text text = Text::plain(QByteArrayLiteral("<system-reminder>\n"));
        text.append(joinedText(turns[i].parts, "\n\n"));
        text.append(TextView::plain("\n</system-reminder>"));
        Part folded = textPart(std::move(text));
        changes.note(Deed::Repaired, "messages", "system", "user", "history-fold-system");
        turns.erase(turns.begin() + qptrdiff(i));
        size_t next = i;
        while (next < turns.size() && turns[next].role != Role::User)
            ++next;
        if (next < turns.size()) {
            // Several in a row keep their order in front of the user's own words.
            auto place = behindResults(turns[next]);
            while (place != turns[next].parts.end() && place->path == "folded")
                ++place;
            folded.path = "folded";
            turns[next].parts.insert(place, std::move(folded));
        } else {
            size_t before = i;
            while (before > 0 && turns[before - 1].role != Role::User)
                --before;
            if (before > 0) {
                turns[before - 1].parts.push_back(std::move(folded));
            } else {
                Turn made;
                made.parts.push_back(std::move(folded));
                turns.insert(turns.begin() + qptrdiff(i), std::move(made));
            }
        }
        --i;
    }
    for (Turn &turn : turns) {
        for (Part &part : turn.parts) {
            if (part.path == "folded")
                part.path.clear();
        }
    }
}

void mergeNeighbours(Request &request)
{
    std::vector<Turn> &turns = request.turns;
    size_t kept = 0;
    for (size_t i = 1; i < turns.size(); ++i) {
        if (turns[i].role == turns[kept].role) {
            std::vector<Part> &into = turns[kept].parts;
            // Results of a later turn still go before what was said.
            const bool hasResults = !turns[i].parts.empty() && turns[i].parts[0].is<ToolResult>();
            auto place = hasResults ? behindResults(turns[kept]) : into.end();
            into.insert(place, std::make_move_iterator(turns[i].parts.begin()),
                        std::make_move_iterator(turns[i].parts.end()));
            continue;
        }
        if (++kept != i)
            turns[kept] = std::move(turns[i]);
    }
    if (!turns.empty())
        turns.resize(kept + 1);
}

Text joinedText(const std::vector<Part> &parts, QByteArrayView separator)
{
    Text joined;
    bool isFirst = true;
    for (const Part &part : parts) {
        const Text *text = nullptr;
        if (const TextPart *said = part.as<TextPart>())
            text = &said->text;
        else if (const RefusalPart *refusal = part.as<RefusalPart>())
            text = &refusal->text;
        else if (const Reasoning *reasoning = part.as<Reasoning>())
            text = &reasoning->text;
        else if (const MediaPart *media = part.as<MediaPart>();
                 media && media->source == MediaSource::Text)
            text = &media->data;
        if (!text || text->isEmpty())
            continue;
        if (isFirst) {
            joined = *text;
            isFirst = false;
            continue;
        }
        joined.append(TextView::plain(separator));
        joined.append(*text);
    }
    return joined;
}

void repair(Request &request, const Target &target, Changes &changes)
{
    const Capabilities &can = target.can;
    pairCalls(request, changes);
    if (!can.takesImageInToolResult)
        hoistResultMedia(request);
    sortReasoning(request, target, changes);
    settleArguments(request, changes);
    mergeInstructions(request, target, changes);
    foldSystemTurns(request, target, changes);
    removeEmpty(request, target);
    if (can.isAlternating)
        mergeNeighbours(request);
    if (can.isUserFirst && !request.turns.empty()
        && request.turns.front().role == Role::Assistant) {
        Turn first;
        first.parts.push_back(textPart(Text::plain(QByteArrayLiteral("(conversation resumed)"))));
        request.turns.insert(request.turns.begin(), std::move(first));
        changes.note(Deed::Repaired, "messages", {}, {}, "history-user-first");
    }
    if (!can.takesUserAfterTool)
        bridgeAfterTools(request, changes);
    checkPrefill(request, target, changes);
    limitCacheMarks(request, target, changes);
    settleIds(request, can.toolId);
}

} // namespace sb::chat
