// What is no conversation: images, speech, transcripts, and what a provider keeps, uploaded files
// and stored answers, in memory and the newest of them. Owned by the simulator. [dialects
// §3.6, 8.5]
#pragma once

#include "http/head.h"

#include <QByteArray>

#include <deque>

namespace sb::sim {

// A whole reply of any type.
struct Passed {
    int status = 200;
    QByteArray body;
    QByteArray type = "application/json";
};

// A picture of one pixel, whatever was asked for.
Passed imageReply(qint64 createdSeconds);
// Sound of the text's length: bytes that are no text.
Passed speechReply(QByteArrayView body);
// The size of the file in the form, as JSON or, where the form asks for it, as plain text.
Passed transcriptReply(QByteArrayView contentType, QByteArrayView body);

class Shelf {
public:
    // GET and POST …/files, GET and DELETE …/files/ID, GET …/files/ID/content.
    Passed files(const http::RequestHead &head, QByteArrayView body, qint64 createdSeconds);
    // GET and DELETE …/responses/ID, POST …/cancel, GET …/input_items.
    Passed answers(const http::RequestHead &head);
    void keepAnswer(const QByteArray &id, const QByteArray &body)
    {
        add(m_answers, {id, body, {}});
    }

private:
    struct Item {
        QByteArray id;
        QByteArray bytes;
        QByteArray description; // of a file, as JSON
    };
    using Items = std::deque<Item>;

    static void add(Items &items, Item item);
    static Items::iterator find(Items &items, QByteArrayView id);
    static Passed remove(Items &items, Items::iterator item, const char *kind);
    Passed upload(QByteArrayView contentType, QByteArrayView body, qint64 createdSeconds);
    Passed list() const;

    Items m_files;
    Items m_answers;
    int m_uploads = 0;
};

} // namespace sb::sim
