// The conversation of a request as people read it: turns in order, the answer at the end; tools,
// their calls and results and what was only thought are folded.
//
// GUI thread; bodies are read on a worker. [console §3.2]
#pragma once

#include "models/captured_text.h"
#include "pages/peek/capture_view.h"

class QPushButton;

namespace sb::kit {
class CopyButton;
class PlainLabel;
} // namespace sb::kit

namespace sb::pages {

class MessagesView final : public CaptureView {
    Q_OBJECT
public:
    explicit MessagesView(CaptureSource &source, QWidget *parent = nullptr);

    QString note() const;

protected:
    void fill(const CapturedExchange &captured) override;

private:
    void show(const models::Conversation &conversation);
    void nameFolding();

    kit::PlainLabel *m_note;
    QPushButton *m_folding;
    kit::CopyButton *m_copy;
    bool m_isUnfolded = false;
};

} // namespace sb::pages
