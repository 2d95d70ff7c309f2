// The panel that shows how to send the first request, until one has been seen.
#pragma once

#include <QWidget>

class QPushButton;

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

    // `model`: what the test request asks for, `price`: "free", "about $0.0004" or empty.
    void setTarget(const QString &base, const QString &model, const QString &price = {});
    // Steps that lead to pages which are not there are not offered.
    void setPages(const QStringList &ids);
    // The first request has crossed: the panel folds into what to do next.
    void setCrossed(bool hasCrossed);
    // What of the next steps is done already, by the query that leads to it; true when all are.
    bool setDone(const QStringList &queries);
    bool hasCrossed() const { return m_hasCrossed; }
    QString keyLine() const;
    QString requestLine() const;

signals:
    void dismissed();
    void testAsked(const QString &model);
    void pageAsked(const QString &page, const QString &query);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QString m_model;
    bool m_hasCrossed = false;
    struct Step {
        QString page;
        QString query;
        QPushButton *button;
    };
    QList<Step> m_steps;
    QStringList m_pages;
    kit::PlainLabel *m_title;
    QPushButton *m_test;
    QWidget *m_lines;
    QWidget *m_before; // buttons until the first request
    QWidget *m_next; // buttons behind it
    kit::PlainLabel *m_key;
    kit::PlainLabel *m_request;
    kit::CopyButton *m_copyKey;
    kit::CopyButton *m_copyRequest;
};

} // namespace sb::shell
