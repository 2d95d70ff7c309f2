// The bytes of a request or of its answer, as they passed: head and body, indented or raw, one
// message at a time (the client's own, then each attempt's).
//
// GUI thread; indenting is done on a worker. [console §3.2]
#pragma once

#include "pages/peek/capture_view.h"

class QCheckBox;
class QComboBox;
class QPushButton;

namespace sb::kit {
class CopyButton;
class PlainLabel;
} // namespace sb::kit

namespace sb::pages {

class BodyView final : public CaptureView {
    Q_OBJECT
public:
    enum class Side : quint8 { Request, Response };

    BodyView(Side side, CaptureSource &source, QWidget *parent = nullptr);

    QComboBox *which() const { return m_which; }
    QCheckBox *raw() const { return m_raw; }
    QPushButton *curl() const { return m_curl; }
    QString note() const;

protected:
    void fill(const CapturedExchange &captured) override;

private:
    const CapturedMessage *message() const;
    void showMessage();
    void copyCurl();

    const Side m_side;
    QComboBox *m_which;
    QCheckBox *m_raw;
    kit::CopyButton *m_copy;
    QPushButton *m_curl;
    kit::PlainLabel *m_note;
    int m_turn = 0; // of showMessage(): an older answer is dropped
};

} // namespace sb::pages
