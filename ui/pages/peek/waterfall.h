// The attempts of one exchange on one time axis: connect, head, first token, stream, and why it
// ended.
//
// A widget, GUI thread; holds an immutable exchange. Attempts are rows in the order tried, each bar
// starts where the attempt did. Exposed to screen readers as one description. [console §3.2]
#pragma once

#include "record/exchange.h"
#include "words/names.h"

#include <QWidget>

#include <memory>

namespace sb::pages {

class Waterfall final : public QWidget {
    Q_OBJECT
public:
    explicit Waterfall(QWidget *parent = nullptr);

    // `nowWallMs`: how far a running attempt has got.
    void setExchange(const std::shared_ptr<const Exchange> &exchange, const words::Names &names,
                     qint64 nowWallMs);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {200, sizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    enum class Kind : quint8 { Connect, FirstByte, FirstToken, Stream };
    struct Part {
        Micros from;
        Micros to;
        Kind kind = Kind::Connect;
    };
    static QString nameOf(Kind kind);
    QList<Part> partsOf(const Attempt &attempt) const;
    Micros endOf(const Attempt &attempt) const;
    QString reasonOf(const Attempt &attempt) const;
    QColor colorOf(Kind kind) const;

    std::shared_ptr<const Exchange> m_exchange;
    words::Names m_names;
    Micros m_now{0};
    Micros m_total{1};
};

} // namespace sb::pages
