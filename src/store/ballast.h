// A file whose only use is to be deleted when the disk is full, so that settlements still fit.
// [robustness §9]
#pragma once

#include <QString>

namespace sb::store {

class Ballast {
public:
    explicit Ballast(const QString &path)
        : m_path(path)
    {
    }
    static constexpr qint64 kBytes = 16 * 1024 * 1024;

    // Makes it where there is room for it and as much again.
    bool ensure();
    // True when that freed something.
    bool drop();

private:
    QString m_path;
};

} // namespace sb::store
