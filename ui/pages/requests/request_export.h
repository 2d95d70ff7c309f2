// Writes requests to a file, CSV or one JSON object a line: off this thread, with count and Cancel.
//
// Owned by the page, GUI thread. Bodies and secrets are never in it. The file appears whole at the
// end or not at all. [console §3.2, §11]
#pragma once

#include "engine/history.h"

#include <QObject>
#include <QSaveFile>

#include <atomic>
#include <memory>

namespace sb::pages {

class RequestExport final : public QObject {
    Q_OBJECT
public:
    using Ptr = std::shared_ptr<const Exchange>;
    enum class Format : quint8 { Csv, JsonLines };

    explicit RequestExport(engine::History &history, QObject *parent = nullptr);
    ~RequestExport() override;

    static Format formatOf(const QString &path); // by its end; CSV unless it says JSON
    void start(const QString &path, Format format, const QList<Ptr> &exchanges);
    void start(const QString &path, Format format, const ExchangeFilter &filter);
    void cancel();
    bool isRunning() const { return m_job != nullptr; }
    qint64 written() const { return m_written; }
    const QString &path() const { return m_path; }

signals:
    void progressed();
    void ended(bool isWhole, const QString &error); // neither: cancelled

private:
    struct Job {
        explicit Job(const QString &path)
            : file(path)
        {
        }
        QSaveFile file; // one task at a time
        Format format = Format::Csv;
        std::atomic<bool> isCancelled = false;
    };
    void open(const QString &path, Format format);
    void askPage(std::optional<ExchangeId> before);
    void write(const QList<Ptr> &exchanges, std::optional<ExchangeId> next, bool isLast);
    void end(bool isWhole, const QString &error);

    engine::History &m_history;
    std::shared_ptr<Job> m_job;
    ExchangeFilter m_filter;
    QString m_path;
    qint64 m_written = 0;
};

} // namespace sb::pages
