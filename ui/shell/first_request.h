// The panel that shows how to send the first request, until one has been seen.
#pragma once

#include <QWidget>

namespace sb::kit {
class CopyButton;
class PlainLabel;
} // namespace sb::kit

namespace sb::shell {

// Two lines to copy: the one that puts our own key into $SIGNALBOX_KEY, and the request. The key
// itself is never shown here or put on the clipboard. [console §1.8, §7]
class FirstRequest final : public QWidget {
    Q_OBJECT
public:
    explicit FirstRequest(QWidget *parent = nullptr);

    void setTarget(const QString &base, const QString &model);
    QString keyLine() const;
    QString requestLine() const;

signals:
    void dismissed();
    void testAsked(const QString &model);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QString m_model;
    kit::PlainLabel *m_key;
    kit::PlainLabel *m_request;
    kit::CopyButton *m_copyKey;
    kit::CopyButton *m_copyRequest;
};

} // namespace sb::shell
