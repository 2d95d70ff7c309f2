// Frames as the engine would publish them, for the board's tests and pictures.
#pragma once

#include "record/frame.h"

#include <QList>

namespace sb::test {

constexpr qint64 kNow = 1'764'000'727'000;

// The sketch of the reference: four clients, three chains, four providers, all quiet.
Frame idleFrame();
// Clients at work, everything on its first target.
Frame busyFrame();
// my-app's first target answers 500: its second serves.
Frame failingOverFrame();
// OpenRouter is tripped, Ollama is probed.
Frame trippedFrame();
// Nothing configured.
Frame emptyFrame();
// Chain coding is held on target 1 by the user, my-app until released.
Frame heldFrame();
// A drill breaks OpenAI for everyone (it is simulated here) and Anthropic for one client;
// OpenRouter is switched off; one request met the drill.
Frame drillFrame();
// Caps warned and reached, a rejected key, a refused config, a pause and tripped providers.
Frame troubledFrame();
// Anthropic is overloaded since 42 s and tripped; coding and my-app were answered by OpenAI, the
// last of them for Claude Code a second ago.
Frame incidentFrame();
// Fourteen clients, ten providers, three chains.
Frame crowdedFrame();

// One settled request with its attempts; `kind` picks the story.
enum class Tale {
    Served,
    FailedOver,
    Diverted,
    Nobody,
    ClientLeft,
    Cut,
    Streaming,
    Platform,
    Inbound
};
std::shared_ptr<const Exchange> tale(Tale kind, int number,
                                     const QString &client = QStringLiteral("claude"),
                                     const QString &chain = QStringLiteral("coding"));

} // namespace sb::test
