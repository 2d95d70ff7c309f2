// What went wrong inside our own rooms: whose fault it is, and whether another try could help.
#pragma once

#include <QString>

#include <memory>

namespace sb {

// Who is at fault. [style after cloudflare/pingora pingora-error]
enum class Blame : quint8 { Client, Gateway, Upstream };

// Would trying again help, and where.
enum class RetryHint : quint8 { Never, SameTarget, OtherTarget };

// A value. `code` is a stable word for programs ("config_invalid"), `detail` is for people who read
// logs and the command line; it never travels to an HTTP client.
struct Error {
    QString code;
    Blame blame = Blame::Gateway;
    RetryHint retry = RetryHint::Never;
    QString detail;
    std::shared_ptr<const Error> cause;

    static Error make(const QString &code, const QString &detail, Blame blame = Blame::Gateway)
    {
        return Error{code, blame, RetryHint::Never, detail, nullptr};
    }
};

} // namespace sb
