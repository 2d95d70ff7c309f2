// Arguments that Vertex sends piece by piece, each with a path to its place. [dialects §5.5]
#pragma once

#include "json/scan.h"

#include <QByteArray>

#include <memory>
#include <vector>

namespace sb::translate::gemini {

class PartialCall {
public:
    // Arguments that came whole, before pieces follow.
    void start(json::Node args);
    // One entry of `partialArgs`. Paths that lead nowhere are ignored.
    void take(json::Node piece);
    bool isEmpty() const { return !m_root || m_root->members.empty(); }
    // All so far as one JSON object, members in the order they came.
    QByteArray json() const;

private:
    static constexpr qsizetype kDepth = 64;
    static constexpr qsizetype kItems = 10'000; // of one array
    static constexpr int kNodes = 100'000;

    struct Node;
    struct Member;
    struct Node {
        enum class Kind : quint8 { Empty, Scalar, String, Object, Array };
        Kind kind = Kind::Empty;
        QByteArray text; // JSON of a scalar; of a string what stands between the quotes
        std::vector<Member> members; // keys escaped; empty keys in an array
        void write(QByteArray &out) const;
    };
    struct Member {
        QByteArray key;
        std::unique_ptr<Node> value;
    };

    Node *child(Node &parent, QByteArrayView key);
    Node *item(Node &parent, qsizetype index);
    Node *find(QByteArrayView path);

    std::unique_ptr<Node> m_root;
    int m_nodes = 0;
};

} // namespace sb::translate::gemini
