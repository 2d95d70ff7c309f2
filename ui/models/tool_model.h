// The tools of the Connect page as rows: found or not, how connected, last request seen.
#pragma once

#include "models/tool_snippets.h"
#include "record/frame.h"

#include <QAbstractTableModel>
#include <QHash>

namespace sb::models {

// GUI thread. Found tools come first, then in the order of the list; rows move only when the
// search's answer comes, never with traffic.
class ToolModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Name, Found, Connected, LastSeen, ColumnCount };
    enum Role {
        ToolRole = Qt::UserRole + 1, // int of Tool
        IsFoundRole, // bool; invalid while not looked for
        IsSeenRole, // bool: a request came
        PathRole,
    };

    explicit ToolModel(QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    void setPrograms(const QHash<QString, QString> &paths); // by program name
    void setFrame(const Frame &frame);
    // Its finished requests only: every frame, also those that nobody looks at.
    void take(const Frame &frame);
    // When a request of the tool was last seen: under its own client, or by its program or the run
    // it was started with. 0 = never.
    qint64 lastSeenOf(Tool tool) const;
    void setLaunched(Tool tool); // in a terminal, since the window opened
    int rowOf(Tool tool) const;
    Tool toolAt(int row) const;
    // The client a tool's requests come from, where there is one in the frame.
    const ClientView *clientOf(Tool tool) const;

private:
    struct Row {
        Tool tool;
        QString path;
        bool isLaunched = false;
        bool isRun = false; // its last request was one of `signalboxd with`
        qint64 seenWallMs = 0; // by program or run
    };
    QString connection(const Row &row) const;

    QList<Row> m_rows;
    QList<ClientView> m_clients;
    qint64 m_nowWallMs = 0;
    bool m_hasLooked = false;
};

} // namespace sb::models
