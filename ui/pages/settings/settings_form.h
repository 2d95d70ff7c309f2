// The column of settings: titled sections with a label, a control and a line of help per row.
#pragma once

#include <QHash>
#include <QWidget>

class QGridLayout;
class QVBoxLayout;

namespace sb::pages {

class SettingsForm final : public QWidget {
    Q_OBJECT
public:
    explicit SettingsForm(QWidget *parent = nullptr);

    void beginSection(const QString &id, const QString &title);
    // The control's accessible name is the label; `help` may be empty.
    void addRow(const QString &label, QWidget *control, const QString &help = {});
    // Over the whole width.
    void addWide(QWidget *widget);
    void finish();
    // The title widget of a section, to scroll to.
    QWidget *section(const QString &id) const { return m_sections.value(id); }

private:
    QVBoxLayout *m_column;
    QGridLayout *m_grid = nullptr;
    QHash<QString, QWidget *> m_sections;
};

} // namespace sb::pages
