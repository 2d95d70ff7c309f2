// Schemas as each target takes them. [translation §10.1]
#include "chat/schema.h"
#include "json/scan.h"

#include <QTest>

using namespace sb;
using namespace sb::chat;

Q_DECLARE_METATYPE(sb::chat::SchemaProfile)

class tst_chat_schema : public QObject {
    Q_OBJECT

private slots:
    void cleans_data();
    void cleans();
    void keepsTheOriginal_data();
    void keepsTheOriginal();
    void saysWhatWasLost();
    void recursionEnds_data();
    void recursionEnds();
    void growthIsBounded();
};

namespace {

void add(const char *name, SchemaProfile profile, const char *in, const char *out,
         bool isStrict = true)
{
    QTest::newRow(name) << profile << QByteArray(in) << QByteArray(out) << isStrict;
}

} // namespace

void tst_chat_schema::cleans_data()
{
    QTest::addColumn<SchemaProfile>("profile");
    QTest::addColumn<QByteArray>("in");
    QTest::addColumn<QByteArray>("out");
    QTest::addColumn<bool>("isStrict");
    using P = SchemaProfile;

    add("P-74 keywords that Gemini refuses", P::GeminiParameters,
        R"j({"$schema":"x","type":"object","properties":{"a":{"type":"array","items":{"type":"integer","exclusiveMinimum":0},"uniqueItems":true}},"additionalProperties":false,"propertyNames":{"pattern":"a"}})j",
        R"j({"type":"object","properties":{"a":{"type":"array","items":{"type":"integer","description":"(exclusiveMinimum: 0)"},"description":"(items must be unique)"}},"description":"(propertyNames: {\"pattern\":\"a\"})"})j");
    add("T§10.1 const becomes enum", P::GeminiParameters,
        R"j({"type":"object","properties":{"a":{"const":"x"}}})j",
        R"j({"type":"object","properties":{"a":{"enum":["x"],"type":"string"}}})j");
    add("T§10.1 enum of numbers", P::GeminiParameters,
        R"j({"type":"object","properties":{"a":{"type":"integer","enum":[1,2]}}})j",
        R"j({"type":"object","properties":{"a":{"type":"integer","description":"(one of [1,2])"}}})j");
    add("T§10.1 nullable", P::GeminiParameters,
        R"j({"type":"object","properties":{"a":{"type":["string","null"]}}})j",
        R"j({"type":"object","properties":{"a":{"type":"string","nullable":true}}})j");
    add("T§10.1 several types", P::GeminiParameters,
        R"j({"type":"object","properties":{"a":{"type":["string","integer"]}}})j",
        R"j({"type":"object","properties":{"a":{"anyOf":[{"type":"string"},{"type":"integer"}]}}})j");
    add("T§10.1 oneOf", P::GeminiParameters,
        R"j({"type":"object","properties":{"a":{"oneOf":[{"type":"string"},{"type":"integer"}]}}})j",
        R"j({"type":"object","properties":{"a":{"anyOf":[{"type":"string"},{"type":"integer"}]}}})j");
    add("T§10.1 references are put in place", P::GeminiParameters,
        R"j({"type":"object","properties":{"a":{"$ref":"#/$defs/A","description":"here"}},"$defs":{"A":{"type":"string"}}})j",
        R"j({"type":"object","properties":{"a":{"type":"string","description":"here"}}})j");
    add("T§10.1 allOf is merged", P::GeminiParameters,
        R"j({"allOf":[{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]},{"properties":{"b":{"type":"string"}},"required":["b"]}]})j",
        R"j({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"required":["a","b"]})j");
    add("T§10.1 required without its property", P::GeminiParameters,
        R"j({"type":"object","properties":{"a":{"type":"string"}},"required":["a","b"]})j",
        R"j({"type":"object","properties":{"a":{"type":"string"}},"required":["a"]})j");
    add("T§10.1 missing type", P::GeminiParameters, R"j({"properties":{"a":{"type":"string"}}})j",
        R"j({"properties":{"a":{"type":"string"}},"type":"object"})j");
    add("T§10.1 an empty object is left out", P::GeminiParameters,
        R"j({"type":"object","properties":{}})j", "");
    add("T§10.1 an empty object inside", P::GeminiParameters,
        R"j({"type":"object","properties":{"a":{"type":"object","properties":{}}}})j",
        R"j({"type":"object","properties":{"a":{"type":"object"}}})j");
    add("T§10.1 an array without items", P::GeminiParameters,
        R"j({"type":"object","properties":{"a":{"type":"array"}}})j",
        R"j({"type":"object","properties":{"a":{"type":"array","items":{"type":"string"}}}})j");
    add("T§10.1 formats at Gemini", P::GeminiParameters,
        R"j({"type":"object","properties":{"a":{"type":"string","format":"uri"},"b":{"type":"string","format":"date-time"}}})j",
        R"j({"type":"object","properties":{"a":{"type":"string","description":"(format: \"uri\")"},"b":{"type":"string","format":"date-time"}}})j");
    add("T§10.1 JSON schema at Gemini", P::GeminiJsonSchema,
        R"j({"type":"object","properties":{"a":{"$ref":"#/$defs/A"},"b":{"const":1},"c":{"type":"string","pattern":"x"}},"$defs":{"A":{"oneOf":[{"type":"string"}]}},"additionalProperties":false})j",
        R"j({"type":"object","properties":{"a":{"$ref":"#/$defs/A"},"b":{"enum":[1]},"c":{"type":"string","description":"(pattern: \"x\")"}},"$defs":{"A":{"oneOf":[{"type":"string"}]}},"additionalProperties":false})j");
    add("T§10.1 OpenAI strict", P::OpenAiStrict,
        R"j({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer"}},"required":["a"]})j",
        R"j({"type":"object","properties":{"a":{"type":"string"},"b":{"type":["integer","null"]}},"required":["a","b"],"additionalProperties":false})j");
    add("T§10.1 OpenAI strict, an optional reference", P::OpenAiStrict,
        R"j({"type":"object","properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{"type":"string"}},"additionalProperties":false})j",
        R"j({"type":"object","properties":{"a":{"anyOf":[{"$ref":"#/$defs/A"},{"type":"null"}]}},"$defs":{"A":{"type":"string"}},"additionalProperties":false,"required":["a"]})j");
    add("T§10.1 OpenAI strict, a map cannot be", P::OpenAiStrict,
        R"j({"type":"object","additionalProperties":{"type":"string"}})j",
        R"j({"type":"object","additionalProperties":{"type":"string"}})j", false);
    add("T§10.1 Anthropic strict", P::AnthropicStrict,
        R"j({"type":"object","properties":{"a":{"type":"string","minLength":3},"b":{"type":"array","items":{"type":"string"},"minItems":2}}})j",
        R"j({"type":"object","properties":{"a":{"type":"string","description":"(minLength: 3)"},"b":{"type":"array","items":{"type":"string"},"description":"(minItems: 2)"}},"additionalProperties":false})j");
    add("T§10.1 what is no schema", P::Plain, "7", R"j({"type":"object","properties":{}})j");
    add("T§10.1 what is no schema, strict", P::OpenAiStrict, "",
        R"j({"type":"object","properties":{}})j", false);
    add("T§10.1 what is no schema, Gemini", P::GeminiJsonSchema, "[]", "");
}

void tst_chat_schema::cleans()
{
    QFETCH(SchemaProfile, profile);
    QFETCH(QByteArray, in);
    QFETCH(bool, isStrict);
    Changes changes;
    const CleanSchema clean = cleanSchema(in, profile, "tools.f", changes);
    QTEST(clean.raw, "out");
    QCOMPARE(clean.isStrict, isStrict);
    if (clean.raw.isEmpty())
        return;
    // What fits already stays as it is.
    Changes none;
    if (isStrict) {
        QCOMPARE(cleanSchema(clean.raw, profile, "tools.f", none).raw, clean.raw);
        QVERIFY(none.entries().empty());
    }
}

void tst_chat_schema::keepsTheOriginal_data()
{
    QTest::addColumn<SchemaProfile>("profile");
    QTest::addColumn<QByteArray>("raw");
    const QByteArray closed = R"({ "type" : "object", "properties" : {"b":{"type":"string"},)"
                              R"("a":{"type":"number"}}, "required":["b","a"],)"
                              R"("additionalProperties" : false })";
    const QByteArray open = R"({ "type" : "object", "properties" : {"b":{"type":"string"}} })";
    QTest::newRow("plain") << SchemaProfile::Plain << QByteArray(R"({"not":{} })");
    QTest::newRow("OpenAI") << SchemaProfile::OpenAiStrict << closed;
    QTest::newRow("Anthropic") << SchemaProfile::AnthropicStrict << closed;
    QTest::newRow("Gemini") << SchemaProfile::GeminiParameters << open;
    QTest::newRow("Gemini JSON schema") << SchemaProfile::GeminiJsonSchema << closed;
    QTest::newRow("grammar") << SchemaProfile::Grammar << closed;
}

void tst_chat_schema::keepsTheOriginal()
{
    QFETCH(SchemaProfile, profile);
    QFETCH(QByteArray, raw);
    Changes changes;
    QCOMPARE(cleanSchema(raw, profile, "f", changes).raw, raw);
    QVERIFY(changes.entries().empty());
}

void tst_chat_schema::saysWhatWasLost()
{
    Changes changes;
    cleanSchema(R"({"type":"object","properties":{"a":{"type":"array","items":{},)"
                R"("uniqueItems":true}},"$schema":"x"})",
                SchemaProfile::GeminiJsonSchema, "tools.f.parameters", changes);
    // What is only a remark about the document is no loss.
    QCOMPARE(changes.entries().size(), size_t(1));
    QCOMPARE(changes.entries().front().field, QByteArray("tools.f.parameters"));
    QCOMPARE(changes.entries().front().from, QByteArray("uniqueItems"));
}

void tst_chat_schema::recursionEnds_data()
{
    QTest::addColumn<SchemaProfile>("profile");
    QTest::newRow("T§10.1 Gemini") << SchemaProfile::GeminiParameters;
    QTest::newRow("T§10.1 Anthropic") << SchemaProfile::AnthropicStrict;
}

void tst_chat_schema::recursionEnds()
{
    QFETCH(SchemaProfile, profile);
    Changes changes;
    const CleanSchema clean = cleanSchema(
        R"({"type":"object","properties":{"n":{"$ref":"#/$defs/N"}},)"
        R"("$defs":{"N":{"type":"object","properties":{"next":{"$ref":"#/$defs/N"}}}}})",
        profile, "f", changes);
    json::Scan scan;
    QVERIFY(scan.run(clean.raw));
    QVERIFY(!clean.raw.contains("$ref"));
    QVERIFY(!clean.raw.contains("$defs"));
    const json::Node next
        = scan.root().find("properties").find("n").find("properties").find("next");
    QVERIFY(next.find("type").is("object"));
    QVERIFY(!changes.entries().empty());
}

void tst_chat_schema::growthIsBounded()
{
    // Each level names the next one twice: two to the fortieth when written out.
    QByteArray definitions;
    for (int i = 0; i < 40; ++i) {
        const QByteArray next = "{\"$ref\":\"#/$defs/D" + QByteArray::number(i + 1) + "\"}";
        definitions += "\"D" + QByteArray::number(i)
            + "\":{\"type\":\"object\",\"properties\":{\"a\":" + next + ",\"b\":" + next + "}},";
    }
    const QByteArray raw = "{\"type\":\"object\",\"properties\":{\"r\":{\"$ref\":\"#/$defs/D0\"}},"
                           "\"$defs\":{"
        + definitions + "\"D40\":{\"type\":\"string\"}}}";
    Changes changes;
    const CleanSchema clean = cleanSchema(raw, SchemaProfile::GeminiParameters, "f", changes);
    QVERIFY(clean.raw.size() < 4'000'000);
    json::Scan scan;
    QVERIFY(scan.run(clean.raw));
}

QTEST_APPLESS_MAIN(tst_chat_schema)
#include "tst_chat_schema.moc"
