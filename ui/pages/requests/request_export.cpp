#include "pages/requests/request_export.h"

#include "kit/run_aside.h"
#include "record/exchange_json.h"

#include <QFuture>

namespace sb::pages {

namespace {

constexpr int kPage = 2'000; // requests asked for and written at a time

// On any thread: the header for the first, then a line each.
QString writeAll(QSaveFile &file, RequestExport::Format format,
                 const QList<RequestExport::Ptr> &exchanges, const std::atomic<bool> &isCancelled)
{
    const bool isCsv = format == RequestExport::Format::Csv;
    if (!file.isOpen()) {
        if (!file.open(QIODevice::WriteOnly))
            return file.errorString();
        if (isCsv)
            file.write(csvHeader());
    }
    for (const RequestExport::Ptr &exchange : exchanges) {
        if (isCancelled)
            return {};
        file.write(isCsv ? csvRow(*exchange) : toJson(*exchange) + '\n');
    }
    return file.error() == QFileDevice::NoError ? QString() : file.errorString();
}

} // namespace

RequestExport::RequestExport(engine::History &history, QObject *parent)
    : QObject(parent)
    , m_history(history)
{
}

RequestExport::~RequestExport()
{
    if (m_job)
        m_job->isCancelled = true; // its task owns the file until it ends
}

RequestExport::Format RequestExport::formatOf(const QString &path)
{
    return path.endsWith(QStringLiteral(".jsonl"), Qt::CaseInsensitive)
            || path.endsWith(QStringLiteral(".json"), Qt::CaseInsensitive)
        ? Format::JsonLines
        : Format::Csv;
}

void RequestExport::open(const QString &path, Format format)
{
    m_job = std::make_shared<Job>(path);
    m_job->format = format;
    m_path = path;
    m_written = 0;
}

void RequestExport::start(const QString &path, Format format, const QList<Ptr> &exchanges)
{
    if (isRunning())
        return;
    open(path, format);
    write(exchanges, std::nullopt, true);
}

void RequestExport::start(const QString &path, Format format, const ExchangeFilter &filter)
{
    if (isRunning())
        return;
    open(path, format);
    m_filter = filter;
    askPage(std::nullopt);
}

void RequestExport::askPage(std::optional<ExchangeId> before)
{
    m_history
        .search(
            {.filter = m_filter, .before = before, .fromWallMs = 0, .toWallMs = 0, .limit = kPage})
        .then(this, [this, job = m_job](const Result<engine::SearchResult> &answer) {
            if (job != m_job)
                return; // cancelled meanwhile
            if (!answer) {
                end(false,
                    answer.error().detail.isEmpty() ? answer.error().code : answer.error().detail);
                return;
            }
            write(answer->exchanges, answer->next, !answer->next.has_value());
        });
}

void RequestExport::write(const QList<Ptr> &exchanges, std::optional<ExchangeId> next, bool isLast)
{
    kit::runAside<QString>(
        this,
        [job = m_job, exchanges, isLast] {
            QString error = writeAll(job->file, job->format, exchanges, job->isCancelled);
            if (error.isEmpty() && isLast && !job->isCancelled && !job->file.commit())
                error = job->file.errorString();
            if (job->isCancelled || !error.isEmpty())
                job->file.cancelWriting();
            return error;
        },
        [this, job = m_job, count = exchanges.size(), next, isLast](const QString &error) {
            if (job != m_job)
                return;
            if (!error.isEmpty()) {
                end(false, error);
                return;
            }
            m_written += count;
            emit progressed();
            if (isLast)
                end(true, {});
            else
                askPage(next);
        });
}

void RequestExport::cancel()
{
    if (!m_job)
        return;
    m_job->isCancelled = true;
    end(false, {});
}

void RequestExport::end(bool isWhole, const QString &error)
{
    m_job.reset();
    emit ended(isWhole, error);
}

} // namespace sb::pages
