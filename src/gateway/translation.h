// What one exchange needs to be served by a provider of another dialect than its client's: the
// request in neutral words, made once, and what an answer is written with.
//
// Engine thread; owned by the exchange's runner, made at the first target that needs it.
#pragma once

#include "chat/envelope.h"
#include "gateway/attempt_runner.h"
#include "gateway/translated_reader.h"
#include "provider/request_head.h"
#include "record/changes.h"
#include "translate/embeddings.h"

namespace sb::gateway {

class Translation {
public:
    struct Client {
        DialectId dialect = DialectId::OpenAiChat;
        Endpoint endpoint = Endpoint::Generate; // or Embeddings
        translate::RequestHead head;
        QByteArray body; // kept: the request refers to it
        QByteArray model; // as the client wrote it
        bool isStream = false;
        bool isStrict = false;
        ExchangeId id;
        qint64 createdSeconds = 0;
        qint64 promptTokens = 0; // estimate
        chat::ArtifactMemory *memory = nullptr; // may be null
    };
    explicit Translation(Client client);

    // For one attempt. Nothing: the request cannot be carried to that target; rejection() says why.
    struct Call {
        provider::Wire wire;
        QByteArray body;
        bool isStream = false; // may be asked for though the client wants a whole reply
        std::function<std::unique_ptr<dialect::StreamReader>()> makeReader;
    };
    using CostOf = std::function<QByteArray(const Usage &, const QByteArray &model)>;
    // `outputBound`: tokens, where the client gave none and a cap needs one; else 0. `isBegun`: our
    // own preamble is out.
    std::optional<Call> call(const chat::Target &target, qint64 outputBound, bool isBegun,
                             CostOf cost);
    const std::optional<chat::Rejection> &rejection() const { return m_rejection; }

    // ---- The answer of the attempt that call() was asked for last

    // A whole 2xx body of the provider. Of embeddings the facts alone: the vectors stay here.
    chat::Reply read(const QByteArray &body);
    QByteArray whole(const chat::Reply &reply, QByteArrayView cost) const;
    QByteArray streamed(const chat::Reply &reply, QByteArrayView cost); // for a client that streams
    void remember(const chat::Reply &reply);
    // The rest of the client's stream after an error. Before content nothing of the failed target
    // may show, so the words stand behind the preamble.
    QByteArray streamError(const dialect::ClientError &error, bool isGiven);
    // Our own start, and what of the bytes held back so far (the client's, from this attempt) may
    // follow it.
    QByteArray preamble(QByteArray &held);
    QByteArray keepAlive();
    QByteArray contentType() const; // of the client's stream

    QByteArray droppedHeader() const { return m_dropped; } // of the last call()
    QList<FieldChange> takeChanges(int *unlisted);

private:
    bool isEmbedding() const { return m_client.endpoint == Endpoint::Embeddings; }
    translate::WireRequest written(const chat::Target &target, qint64 outputBound);
    translate::EncodeOptions encodeOptions() const;
    std::shared_ptr<translate::StreamEncoder> newEncoder(bool isBegun) const;
    TranslatedReader::Parts readerParts(CostOf cost) const;

    Client m_client;
    const translate::Translator &m_own; // of the client's dialect
    const translate::Translator *m_theirs = nullptr;
    chat::Request m_request;
    chat::EmbedRequest m_embed; // instead of m_request, where that is asked
    chat::EmbedReply m_vectors;
    chat::Changes m_decoded; // what reading the request noted
    chat::Changes m_changes;
    std::optional<chat::Rejection> m_rejection;
    QByteArray m_dropped;
    translate::DecodeOptions m_reading;
    std::shared_ptr<translate::StreamEncoder> m_encoder; // of the last call
    std::shared_ptr<qsizetype> m_startBytes; // that its reader gave first
    std::vector<QByteArray> m_stops;
};

} // namespace sb::gateway
