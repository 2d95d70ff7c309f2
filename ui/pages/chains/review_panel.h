// What differs between two configurations of chains: sentences by meaning, the text on demand.
#pragma once

#include "models/chain_draft.h"
#include "words/names.h"

#include <QWidget>

class QListWidget;
class QPlainTextEdit;
class QPushButton;

namespace sb::kit {
class PlainLabel;
}

namespace sb::pages {

class ReviewPanel final : public QWidget {
    Q_OBJECT
public:
    explicit ReviewPanel(QWidget *parent = nullptr);

    void show(const QString &headline, const QList<models::DraftChange> &changes,
              const words::Names &names, const QByteArray &before, const QByteArray &after);
    QStringList sentences() const;
    void setTextShown(bool isShown);

private:
    kit::PlainLabel *m_headline;
    QListWidget *m_list;
    QPushButton *m_asText;
    QPlainTextEdit *m_text;
    QByteArray m_before;
    QByteArray m_after;
};

// The lines that differ, with "-" and "+", and two lines around them. Bounded: a text of more than
// 4,000 lines is shown as removed and added.
QString lineDiff(const QByteArray &before, const QByteArray &after);

} // namespace sb::pages
