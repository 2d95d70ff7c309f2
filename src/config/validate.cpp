#include "config/builder.h"
#include "config/config_file.h"
#include "config/shape.h"
#include "json/reader.h"

namespace sb::config {

namespace {
bool isError(const Problem &problem)
{
    return problem.severity == Problem::Severity::Error;
}
} // namespace

Checked validate(QByteArrayView text, quint32 revision,
                 const std::shared_ptr<const Catalog> &catalog)
{
    Q_ASSERT(catalog);
    Checked out;
    json::ReadFailure failure;
    // Equal keys are found by the walk, which can say where; comments may repeat.
    const Result<json::Value> root = json::read(text, {}, &failure);
    if (!root) {
        QString path = QStringLiteral("$");
        if (!failure.path.isEmpty())
            path += (failure.path.startsWith('[') ? QString() : QStringLiteral("."))
                + QString::fromUtf8(failure.path);
        out.problems.append({Problem::Severity::Error,
                             path,
                             QStringLiteral("This is no JSON: line %1, column %2: %3.")
                                 .arg(failure.line)
                                 .arg(failure.column)
                                 .arg(failure.what),
                             {}});
        return out;
    }
    checkShape(*root, rootShape(), QStringLiteral("$"), out.problems);
    if (!root->isObject())
        return out;
    ConfigSnapshot made = Builder(*catalog, out.problems).build(*root);
    // Errors first, each group in the order found.
    std::stable_partition(out.problems.begin(), out.problems.end(), isError);
    if (std::any_of(out.problems.cbegin(), out.problems.cend(), isError))
        return out;
    made.revision = revision;
    out.snapshot = std::make_shared<const ConfigSnapshot>(std::move(made));
    return out;
}

} // namespace sb::config
