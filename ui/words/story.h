// What happened to a request, as sentences a tired person understands: the first line of the peek.
//
// Pattern: what happened, since when, what we do, what you can do. Made of whole sentences, one per
// fact, so that translators can turn each around. Pure: the same exchange gives the same words;
// "now" only matters for requests that still run. [console §3.2, §11]
#pragma once

#include "words/names.h"

namespace sb::words {

// "Asked for coding. Anthropic refused after 0.2 s: rate limit, retry in 30 s. OpenAI answered in
// 4.1 s, first token 1.2 s, $0.0021."
QString story(const Exchange &exchange, const Names &names = {}, qint64 nowWallMs = 0);

// One sentence on one attempt, as in the story; `who` is its subject.
QString attemptSentence(const Attempt &attempt, const QString &who);
// "Skipped OpenAI: you switched it off."
QString skipSentence(SkipReason reason, const QString &who);
// What a person can do about a failed attempt; empty where nothing helps but time.
QString advice(AttemptOutcome outcome, const QString &who);
// Why a request was refused or failed as a whole, and what to do: by the code the client got.
QString codeSentence(Code code);

} // namespace sb::words
