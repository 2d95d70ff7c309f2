// A request for embeddings and its answer in words no dialect owns. Plain values that own their
// bytes. [dialects §8.2]
#pragma once

#include "chat/reply.h"

#include <vector>

namespace sb::chat {

struct EmbedRequest {
    QByteArray model; // as the client wrote it
    std::vector<QByteArray> texts; // plain UTF-8, in order
    bool isOne = false; // the client's form holds one vector, not a list
    bool wantsBase64 = false; // OpenAI: little-endian float32 instead of numbers
    std::optional<qint64> dimensions;
    std::optional<bool> truncates; // Ollama: cut texts that are too long
    QByteArray task; // Gemini: taskType
    QByteArray title; // Gemini
};

struct EmbedReply {
    QByteArray model;
    std::vector<QByteArray> vectors; // JSON arrays of numbers, in the order of the texts
    Usage usage;
    std::optional<Fault> fault; // then it is no answer
};

} // namespace sb::chat
