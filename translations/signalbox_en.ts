<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US" sourcelanguage="en_US">
<context>
    <name>Chains</name>
    <message numerus="yes">
        <source>Up to %n attempt(s), %1 before giving up: the limit of the whole request.</source>
        <translation>
            <numerusform>Up to %n attempt, %1 before giving up: the limit of the whole request.</numerusform>
            <numerusform>Up to %n attempts, %1 before giving up: the limit of the whole request.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Up to %n attempt(s), %1 before giving up.</source>
        <translation>
            <numerusform>Up to %n attempt, %1 before giving up.</numerusform>
            <numerusform>Up to %n attempts, %1 before giving up.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Events</name>
    <message numerus="yes">
        <source>%n request(s) so far</source>
        <translation>
            <numerusform>%n request so far</numerusform>
            <numerusform>%n requests so far</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n request(s) refused so far</source>
        <translation>
            <numerusform>%n request refused so far</numerusform>
            <numerusform>%n requests refused so far</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Filter</name>
    <message numerus="yes">
        <source>The line is too long: what stands behind %n character(s) is not read.</source>
        <translation>
            <numerusform>The line is too long: what stands behind %n character is not read.</numerusform>
            <numerusform>The line is too long: what stands behind %n characters is not read.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Format</name>
    <message numerus="yes">
        <source>%n day(s)</source>
        <translation>
            <numerusform>%n day</numerusform>
            <numerusform>%n days</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FoundDoor</name>
    <message numerus="yes">
        <source>%1, at %2, %n model(s)</source>
        <translation>
            <numerusform>%1, at %2, %n model</numerusform>
            <numerusform>%1, at %2, %n models</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Plates</name>
    <message numerus="yes">
        <source>%1 sent %n request(s) in the last minute.</source>
        <translation>
            <numerusform>%1 sent %n request in the last minute.</numerusform>
            <numerusform>%1 sent %n requests in the last minute.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>States</name>
    <message numerus="yes">
        <source>%1 is serving. %n request(s) in the last 5 minutes.</source>
        <translation>
            <numerusform>%1 is serving. %n request in the last 5 minutes.</numerusform>
            <numerusform>%1 is serving. %n requests in the last 5 minutes.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>probing after %n error(s)</source>
        <translation>
            <numerusform>probing after %n error</numerusform>
            <numerusform>probing after %n errors</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 is degraded: %2 of %n request(s) failed in the last 5 minutes. It stays in use.</source>
        <translation>
            <numerusform>%1 is degraded: %2 of %n request failed in the last 5 minutes. It stays in use.</numerusform>
            <numerusform>%1 is degraded: %2 of %n requests failed in the last 5 minutes. It stays in use.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TrackBoard</name>
    <message numerus="yes">
        <source>+%n idle</source>
        <comment>plates folded into this one</comment>
        <translation>
            <numerusform>+%n idle</numerusform>
            <numerusform>+%n idle</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::kit::StatusStrip</name>
    <message numerus="yes">
        <source>%1, %n unpriced</source>
        <comment>money spent today</comment>
        <translation>
            <numerusform>%1, %n unpriced</numerusform>
            <numerusform>%1, %n unpriced</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n drill(s), %1 left</source>
        <translation>
            <numerusform>%n drill, %1 left</numerusform>
            <numerusform>%n drills, %1 left</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::models::BoardTreeModel</name>
    <message numerus="yes">
        <source>%n client(s)</source>
        <translation>
            <numerusform>%n client</numerusform>
            <numerusform>%n clients</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n chain(s)</source>
        <translation>
            <numerusform>%n chain</numerusform>
            <numerusform>%n chains</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n provider(s)</source>
        <translation>
            <numerusform>%n provider</numerusform>
            <numerusform>%n providers</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::models::ExchangeModel</name>
    <message numerus="yes">
        <source>Nobody: %n target(s) failed</source>
        <translation>
            <numerusform>Nobody: %n target failed</numerusform>
            <numerusform>Nobody: %n targets failed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 of %n target(s) tried</source>
        <translation>
            <numerusform>%1 of %n target tried</numerusform>
            <numerusform>%1 of %n targets tried</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::models::RequestModel</name>
    <message numerus="yes">
        <source>%1 of %n target(s) tried</source>
        <translation>
            <numerusform>%1 of %n target tried</numerusform>
            <numerusform>%1 of %n targets tried</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln cancelled</source>
        <translation>
            <numerusform>%Ln cancelled</numerusform>
            <numerusform>%Ln cancelled</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln failed</source>
        <translation>
            <numerusform>%Ln failed</numerusform>
            <numerusform>%Ln failed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln running</source>
        <translation>
            <numerusform>%Ln running</numerusform>
            <numerusform>%Ln running</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln completion(s) of one client in a row, %1 cancelled.</source>
        <translation>
            <numerusform>%Ln completion of one client in a row, %1 cancelled.</numerusform>
            <numerusform>%Ln completions of one client in a row, %1 cancelled.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::models::SpendModel</name>
    <message numerus="yes">
        <source>%n request(s) have no known price and are not in the amount.</source>
        <translation>
            <numerusform>%n request have no known price and are not in the amount.</numerusform>
            <numerusform>%n requests have no known price and are not in the amount.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n request(s) came without usage numbers and are estimated.</source>
        <translation>
            <numerusform>%n request came without usage numbers and are estimated.</numerusform>
            <numerusform>%n requests came without usage numbers and are estimated.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n request(s) are booked at the cost the provider reported.</source>
        <translation>
            <numerusform>%n request are booked at the cost the provider reported.</numerusform>
            <numerusform>%n requests are booked at the cost the provider reported.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::pages::AddPanel</name>
    <message numerus="yes">
        <source>It works: %n model(s), answered in %1.</source>
        <translation>
            <numerusform>It works: %n model, answered in %1.</numerusform>
            <numerusform>It works: %n models, answered in %1.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::pages::BudgetEditor</name>
    <message numerus="yes">
        <source>%n so far</source>
        <comment>requests refused</comment>
        <translation>
            <numerusform>%n so far</numerusform>
            <numerusform>%n so far</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::pages::ChainsPage</name>
    <message numerus="yes">
        <source>%n target(s)</source>
        <translation>
            <numerusform>%n target</numerusform>
            <numerusform>%n targets</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n change(s) that Apply would make:</source>
        <translation>
            <numerusform>%n change that Apply would make:</numerusform>
            <numerusform>%n changes that Apply would make:</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>And %n more.</source>
        <translation>
            <numerusform>And %n more.</numerusform>
            <numerusform>And %n more.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n change(s), not ready to apply: see the line in red.</source>
        <translation>
            <numerusform>%n change, not ready to apply: see the line in red.</numerusform>
            <numerusform>%n changes, not ready to apply: see the line in red.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n change(s) in the draft.</source>
        <translation>
            <numerusform>%n change in the draft.</numerusform>
            <numerusform>%n changes in the draft.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n change(s)</source>
        <translation>
            <numerusform>%n change</numerusform>
            <numerusform>%n changes</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::pages::ChangesView</name>
    <message numerus="yes">
        <source>%n more</source>
        <comment>changes that are not listed</comment>
        <translation>
            <numerusform>%n more</numerusform>
            <numerusform>%n more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n part(s) of the request could not be carried over whole.</source>
        <translation>
            <numerusform>%n part of the request could not be carried over whole.</numerusform>
            <numerusform>%n parts of the request could not be carried over whole.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::pages::ComparePanel</name>
    <message numerus="yes">
        <source>%n line(s) differ.</source>
        <translation>
            <numerusform>%n line differs.</numerusform>
            <numerusform>%n lines differ.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::pages::DraftStrip</name>
    <message numerus="yes">
        <source>%n change(s), not applied yet.</source>
        <translation>
            <numerusform>%n change, not applied yet.</numerusform>
            <numerusform>%n changes, not applied yet.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::pages::EventTimeline</name>
    <message numerus="yes">
        <source>%n event(s) between %1 and %2.</source>
        <translation>
            <numerusform>%n event between %1 and %2.</numerusform>
            <numerusform>%n events between %1 and %2.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::pages::FilterBar</name>
    <message numerus="yes">
        <source>%n request(s)</source>
        <translation>
            <numerusform>%n request</numerusform>
            <numerusform>%n requests</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::pages::FoundDoor</name>
    <message numerus="yes">
        <source>%n provider(s) added, and targets of chain default in this order.</source>
        <translation>
            <numerusform>%n provider added, and targets of chain default in this order.</numerusform>
            <numerusform>%n providers added, and targets of chain default in this order.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Use these %n</source>
        <translation>
            <numerusform>Use these %n</numerusform>
            <numerusform>Use these %n</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::pages::HealthRow</name>
    <message numerus="yes">
        <source>only %n sample(s)</source>
        <translation>
            <numerusform>only %n sample</numerusform>
            <numerusform>only %n samples</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::pages::KeyDoor</name>
    <message numerus="yes">
        <source>%1 takes this key: %n model(s).</source>
        <translation>
            <numerusform>%1 takes this key: %n model.</numerusform>
            <numerusform>%1 takes this key: %n models.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::pages::MessagesView</name>
    <message numerus="yes">
        <source>%n tool(s) offered</source>
        <translation>
            <numerusform>%n tool offered</numerusform>
            <numerusform>%n tools offered</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n part(s) of a conversation.</source>
        <translation>
            <numerusform>%n part of a conversation.</numerusform>
            <numerusform>%n parts of a conversation.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::pages::ProblemsStrip</name>
    <message numerus="yes">
        <source>%1 And %n more.</source>
        <translation>
            <numerusform>%1 And %n more.</numerusform>
            <numerusform>%1 And %n more.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n drills are running. The last to end: %1</source>
        <translation>
            <numerusform>%n drills are running. The last to end: %1</numerusform>
            <numerusform>%n drills are running. The last to end: %1</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::pages::ProvidersPage</name>
    <message numerus="yes">
        <source>%1 works: %n model(s), answered in %2.</source>
        <translation>
            <numerusform>%1 works: %n model, answered in %2.</numerusform>
            <numerusform>%1 works: %n models, answered in %2.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::pages::RequestsPage</name>
    <message numerus="yes">
        <source>Exporting: %n request(s) written.</source>
        <translation>
            <numerusform>Exporting: %n request written.</numerusform>
            <numerusform>Exporting: %n requests written.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n request(s) exported to %1.</source>
        <translation>
            <numerusform>%n request exported to %1.</numerusform>
            <numerusform>%n requests exported to %1.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n new</source>
        <translation>
            <numerusform>%n new</numerusform>
            <numerusform>%n new</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::pages::SettingsPage</name>
    <message numerus="yes">
        <source>%Ln request(s)</source>
        <translation>
            <numerusform>%Ln request</numerusform>
            <numerusform>%Ln requests</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The price list is %n day(s) old. Costs may differ from what providers bill; a newer Signalbox brings a newer list, or set prices of your own.</source>
        <translation>
            <numerusform>The price list is %n day old. Costs may differ from what providers bill; a newer Signalbox brings a newer list, or set prices of your own.</numerusform>
            <numerusform>The price list is %n days old. Costs may differ from what providers bill; a newer Signalbox brings a newer list, or set prices of your own.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n request(s) were removed.</source>
        <translation>
            <numerusform>%n request was removed.</numerusform>
            <numerusform>%n requests were removed.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1, %n request(s) kept since the start</source>
        <comment>state of the recording</comment>
        <translation>
            <numerusform>%1, %n request kept since the start</numerusform>
            <numerusform>%1, %n requests kept since the start</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1, %n given up</source>
        <comment>state of the recording</comment>
        <translation>
            <numerusform>%1, %n given up</numerusform>
            <numerusform>%1, %n given up</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The bodies of %n request(s) were deleted.</source>
        <translation>
            <numerusform>The bodies of %n request were deleted.</numerusform>
            <numerusform>The bodies of %n requests were deleted.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::pages::SpendPage</name>
    <message numerus="yes">
        <source>%n request(s)</source>
        <translation>
            <numerusform>%n request</numerusform>
            <numerusform>%n requests</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>after %n day(s) of use</source>
        <translation>
            <numerusform>after %n day of use</numerusform>
            <numerusform>after %n days of use</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n other(s)</source>
        <translation>
            <numerusform>%n other</numerusform>
            <numerusform>%n others</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n request(s) have no price and are missing in these amounts.</source>
        <translation>
            <numerusform>%n request have no price and are missing in these amounts.</numerusform>
            <numerusform>%n requests have no price and are missing in these amounts.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::pages::StreamView</name>
    <message numerus="yes">
        <source>%n event(s), %1.</source>
        <translation>
            <numerusform>%n event, %1.</numerusform>
            <numerusform>%n events, %1.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::pages::TextPane</name>
    <message numerus="yes">
        <source>%n match(es)</source>
        <translation>
            <numerusform>%n match</numerusform>
            <numerusform>%n matches</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::pages::TrackBoard</name>
    <message numerus="yes">
        <source>%n idle client(s), folded</source>
        <translation>
            <numerusform>%n idle client, folded</numerusform>
            <numerusform>%n idle clients, folded</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n idle chain(s), folded</source>
        <translation>
            <numerusform>%n idle chain, folded</numerusform>
            <numerusform>%n idle chains, folded</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n idle provider(s), folded</source>
        <translation>
            <numerusform>%n idle provider, folded</numerusform>
            <numerusform>%n idle providers, folded</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::pages::TryPanel</name>
    <message numerus="yes">
        <source>%1 is called first; %n more could follow.</source>
        <translation>
            <numerusform>%1 is called first; %n more could follow.</numerusform>
            <numerusform>%1 is called first; %n more could follow.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sb::shell::Tray</name>
    <message numerus="yes">
        <source>Clear %n drill(s)</source>
        <translation>
            <numerusform>Clear %n drill</numerusform>
            <numerusform>Clear %n drills</numerusform>
        </translation>
    </message>
</context>
</TS>
