// What is known of providers and models before they are asked.
#include "translate/quirks.h"

#include <QTest>

using namespace sb;
using namespace sb::chat;
using namespace sb::translate;

namespace {
constexpr DialectId kChat = DialectId::OpenAiChat;
}

class tst_chat_quirks : public QObject {
    Q_OBJECT

private slots:
    void families_data();
    void families();
    void providers();
    void models();
    void dialects();
    void facts();
};

void tst_chat_quirks::families_data()
{
    QTest::addColumn<QByteArray>("provider");
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<int>("family");
    const auto add = [](const char *provider, const char *host, Family family) {
        QTest::addRow("%s %s", provider, host)
            << QByteArray(provider) << QByteArray(host) << int(family);
    };
    add("openrouter", "", Family::OpenRouter);
    add("groq", "", Family::Groq);
    add("deepseek", "", Family::DeepSeek);
    add("mistral", "", Family::Mistral);
    add("xai", "", Family::XAi);
    add("together", "", Family::Together);
    add("fireworks", "", Family::Fireworks);
    add("azure", "", Family::Azure);
    add("vllm", "", Family::Vllm);
    add("llamacpp", "", Family::LlamaCpp);
    add("lmstudio", "", Family::LmStudio);
    add("", "api.groq.com", Family::Groq);
    add("", "API.GROQ.COM", Family::Groq);
    add("", "notapi.groq.com", Family::Unknown);
    add("", "eu.api.groq.com", Family::Groq);
    add("", "res.openai.azure.com", Family::Azure);
    add("", "127.0.0.1:11434", Family::Ollama);
    add("", "127.0.0.1:8000", Family::Unknown);
    add("", "", Family::Unknown);
    add("nobody", "api.x.ai", Family::XAi);
}

void tst_chat_quirks::families()
{
    QFETCH(QByteArray, provider);
    QFETCH(QByteArray, host);
    QFETCH(int, family);
    QCOMPARE(int(familyOf(provider, host)), family);
}

void tst_chat_quirks::providers()
{
    const auto can = [](Family family) { return capabilitiesFor(kChat, family, "x"); };
    // D§7.1
    QVERIFY(can(Family::OpenRouter).reasoningIn == ReasoningField::ReasoningDetails);
    QVERIFY(can(Family::OpenRouter).cache == CacheForm::OpenRouter);
    // P-46: Groq refuses reasoning in the history.
    QVERIFY(can(Family::Groq).reasoningIn == ReasoningField::None);
    QVERIFY(can(Family::Groq).refusedFields.contains("logit_bias"));
    // P-42, P-44
    QVERIFY(can(Family::DeepSeek).reasoningReplay == ReasoningReplay::Always);
    QVERIFY(can(Family::DeepSeek).thinksByDefault);
    QVERIFY(!can(Family::DeepSeek).takesForcedToolWithThinking);
    // P-35, P-77
    QVERIFY(!can(Family::Mistral).takesUserAfterTool);
    QVERIFY(can(Family::Mistral).toolId == ToolIdRule::Nine);
    QVERIFY(can(Family::Mistral).isRandomSeed);
    QVERIFY(can(Family::Mistral).isChoiceAny);
    // P-61: decided by the total.
    QVERIFY(can(Family::XAi).usage == UsageConvention::Detect);
    QVERIFY(can(Family::Together).takesTopK);
    QVERIFY(can(Family::Fireworks).reasoningIn == ReasoningField::ReasoningContent);
    // P-54
    QVERIFY(can(Family::Azure).isMaxCompletionTokens);
    QVERIFY(!can(Family::Unknown).isMaxCompletionTokens);
    // P-34: strict templates
    QVERIFY(!can(Family::Vllm).takesManySystem);
    QVERIFY(can(Family::LlamaCpp).takesFim);
    QVERIFY(!can(Family::LmStudio).takesChoiceNamed);
    // P-22: only these may leave the end of a stream out.
    QVERIFY(can(Family::Perplexity).isDoneWaived);
    QVERIFY(can(Family::Snowflake).isFinishWaived);
    for (int i = 0; i <= int(Family::Anthropic); ++i) {
        QVERIFY(!can(Family(i)).isDoneWaived);
        QVERIFY(!can(Family(i)).isFinishWaived);
    }
}

void tst_chat_quirks::models()
{
    // P-54
    QVERIFY(!capabilitiesFor(kChat, Family::OpenAi, "o3-mini").takesSampling);
    QVERIFY(!capabilitiesFor(kChat, Family::OpenRouter, "openai/gpt-5").takesSampling);
    QVERIFY(capabilitiesFor(kChat, Family::OpenAi, "gpt-4o").takesSampling);
    QVERIFY(capabilitiesFor(kChat, Family::OpenAi, "o10").takesSampling); // another number
    QVERIFY(!capabilitiesFor(kChat, Family::Azure, "o1-mini").takesSystem);
    // P-55
    QVERIFY(!capabilitiesFor(kChat, Family::OpenAi, "gpt-5.1").takesToolsWithEffort);
    QVERIFY(capabilitiesFor(kChat, Family::OpenAi, "gpt-5").takesToolsWithEffort);
    // P-34, P-35, P-77: wherever they are hosted.
    QVERIFY(!capabilitiesFor(kChat, Family::Fireworks, "accounts/fireworks/models/qwen3-235b")
                 .takesManySystem);
    QVERIFY(capabilitiesFor(kChat, Family::Together, "mistralai/Mistral-Small").toolId
            == ToolIdRule::Nine);
    // P-39
    QVERIFY(
        capabilitiesFor(DialectId::Gemini, Family::Google, "gemini-3-pro").needsGeminiSignature);
    QVERIFY(
        !capabilitiesFor(DialectId::Gemini, Family::Google, "gemini-2.5-pro").canTurnThinkingOff);
}

void tst_chat_quirks::dialects()
{
    const Capabilities anthropic
        = capabilitiesFor(DialectId::Anthropic, Family::Anthropic, "claude-sonnet-4-5");
    QCOMPARE(anthropic.temperatureMax, 1.0);
    QVERIFY(!anthropic.takesTempAndTopP); // P-67
    QVERIFY(anthropic.cache == CacheForm::Anthropic);
    // P-70: relays refuse the ttl.
    QVERIFY(capabilitiesFor(DialectId::Anthropic, Family::Unknown, "x").cache
            == CacheForm::AnthropicNoTtl);
    QCOMPARE(capabilitiesFor(DialectId::OpenAiResponses, Family::OpenAi, "x").stopMax, 0);
    QCOMPARE(capabilitiesFor(DialectId::Gemini, Family::Google, "x").stopMax, 5);
    QVERIFY(!capabilitiesFor(DialectId::Ollama, Family::Ollama, "x").takesParallelFlag);
}

void tst_chat_quirks::facts()
{
    CatalogueFacts known;
    known.contextWindow = 1000;
    known.maxOutput = 100;
    known.tools = Known::No;
    const Capabilities can
        = capabilitiesFor(DialectId::Gemini, Family::Google, "gemini-2.5-flash", known);
    QCOMPARE(can.contextWindow, qint64(1000));
    QCOMPARE(can.maxOutput, qint64(100));
    QVERIFY(can.tools == Known::No);
    QVERIFY(can.images == Known::Yes); // the dialect's own, where the catalogue says nothing
}

QTEST_APPLESS_MAIN(tst_chat_quirks)
#include "tst_chat_quirks.moc"
