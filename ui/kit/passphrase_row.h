// A field for the passphrase of the file that keeps keys where no keychain does.
#pragma once

#include "base/secret.h"

#include <QWidget>

class QLineEdit;
class QPushButton;

namespace sb::kit {

// GUI thread. A file that is there is opened with one field; a new one asks for the passphrase
// twice. The fields are wiped as soon as the passphrase was given.
class PassphraseRow final : public QWidget {
    Q_OBJECT
public:
    static constexpr int kLeast = 8; // letters of a new passphrase

    explicit PassphraseRow(QWidget *parent = nullptr);

    void setFileExists(bool isThere);
    void setBusy(bool isBusy);

signals:
    void given(const sb::Secret &passphrase);

private:
    void refresh();
    void give();

    bool m_isThere = false;
    bool m_isBusy = false;
    QLineEdit *m_first;
    QLineEdit *m_again;
    QPushButton *m_button;
};

} // namespace sb::kit
