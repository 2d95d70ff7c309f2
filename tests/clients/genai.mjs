// The official Google Gen AI SDK: content, streaming, tools, image, chat, counting, embeddings, abort, errors.
import { ApiError, GoogleGenAI, Type } from '@google/genai';
import { KEY, MODEL, PNG, PNG_SIZE, Steering, URL_, check, equal, finish, ok, rejects, until } from './harness.mjs';

const client = (apiKey) => new GoogleGenAI({ apiKey, vertexai: false, httpOptions: { baseUrl: URL_, timeout: 25000 } });
const ai = client(KEY);
const model = MODEL;
const generate = (contents, config = {}) => ai.models.generateContent({ model, contents, config });
const weather = {
  name: 'get_weather', description: 'The weather of a city',
  parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } }, required: ['city'] },
};
const tools = [{ functionDeclarations: [weather] }];

await check('models', async () => {
  const names = [];
  for await (const entry of await ai.models.list()) names.push(entry.name);
  ok(names.includes(`models/${model}`), `${model} is not among ${names}`);
});

await check('content', async () => {
  const reply = await generate('hello there', { systemInstruction: 'Be brief.', maxOutputTokens: 99 });
  equal(reply.text, 'ECHO: hello there', 'text');
  equal(reply.candidates[0].finishReason, 'STOP', 'finish');
  const usage = reply.usageMetadata;
  equal(usage.totalTokenCount, usage.promptTokenCount + usage.candidatesTokenCount, 'usage');
});

await check('content, every kind of character', async () => {
  const said = 'žluťoučký 🐎 "quotes" \\ \n tab\t</script>';
  equal((await generate(said)).text, `ECHO: ${said}`, 'text');
});

await check('stream', async () => {
  let all = '';
  let end;
  let usage;
  for await (const chunk of await ai.models.generateContentStream({ model, contents: '[[long 40]]' })) {
    all += chunk.text ?? '';
    end = chunk.candidates?.[0]?.finishReason ?? end;
    usage = chunk.usageMetadata ?? usage;
  }
  ok(all.endsWith('word39'), all);
  equal(end, 'STOP', 'finish');
  equal(usage.candidatesTokenCount, 40, 'output tokens');
});

await check('stream comes as it is made', async () => {
  const times = [];
  for await (const chunk of await ai.models.generateContentStream({ model, contents: '[[long 10]] [[slow 50]]' })) if (chunk.text) times.push(Date.now());
  equal(times.length, 10, 'chunks');
  ok(times.at(-1) - times[0] > 200, `all within ${times.at(-1) - times[0]} ms`);
});

await check('tool round trip', async () => {
  const question = { role: 'user', parts: [{ text: '[[call get_weather {"city":"Brno"}]]' }] };
  const asked = await generate([question], { tools });
  const [call] = asked.functionCalls;
  equal(call.name, 'get_weather', 'name');
  equal(call.args.city, 'Brno', 'argument');
  const result = { role: 'user', parts: [{ functionResponse: { id: call.id, name: call.name, response: { output: '21 degrees' } } }] };
  const answered = await generate([question, asked.candidates[0].content, result], { tools });
  ok(/DONE: .*21 degrees/.test(answered.text), answered.text);
});

await check('stream of two tool calls', async () => {
  const calls = [];
  const contents = '[[call get_weather {"city":"Brno"} && call get_weather {"city":"Praha"}]]';
  for await (const chunk of await ai.models.generateContentStream({ model, contents, config: { tools } })) calls.push(...chunk.functionCalls ?? []);
  equal(calls.map((call) => call.args.city).join(), 'Brno,Praha', 'cities');
});

await check('image', async () => {
  const reply = await generate([{ role: 'user', parts: [{ text: 'what is it' }, { inlineData: { mimeType: 'image/png', data: PNG } }] }]);
  ok(reply.text.includes(`IMAGE:image/png:${PNG_SIZE}`), reply.text);
});

await check('chat with a history', async () => {
  const chat = ai.chats.create({ model });
  await chat.sendMessage({ message: 'one' });
  equal((await chat.sendMessage({ message: 'two' })).text, 'ECHO: two', 'text');
  equal(chat.getHistory().length, 4, 'turns');
});

await check('count tokens', async () => {
  ok((await ai.models.countTokens({ model, contents: 'hello there' })).totalTokens > 0, 'no tokens');
});

await check('embeddings', async () => {
  const { embeddings } = await ai.models.embedContent({ model, contents: ['a', 'b'] });
  equal(embeddings.length, 2, 'vectors');
  equal(embeddings[0].values.length, 8, 'length of a vector');
});

await check('abort reaches the provider', async () => {
  const steering = new Steering(process.env.SIM_FIRST);
  const before = (await steering.seen()).seen.filter((seen) => seen.aborted).length;
  const stop = new AbortController();
  await rejects((async () => {
    let pieces = 0;
    const stream = await ai.models.generateContentStream({ model, contents: '[[long 2000]] [[slow 20]]', config: { abortSignal: stop.signal } });
    for await (const chunk of stream) if (chunk.text && ++pieces === 3) stop.abort();
  })());
  await until('the provider notices', async () => (await steering.seen()).seen.filter((seen) => seen.aborted).length > before, 3000);
});

await check('bad request', async () => {
  const steering = new Steering(process.env.SIM_FIRST);
  await steering.faults([{ fault: 'status', status: 400 }]);
  const error = await rejects(generate('x'));
  await steering.faults([]);
  ok(error instanceof ApiError, `${error}`);
  equal(error.status, 400, 'status');
  equal(JSON.parse(error.message).error.status, 'INVALID_ARGUMENT', 'state');
});

await check('bad key', async () => {
  const error = await rejects(client('sbx-wrong').models.generateContent({ model, contents: 'x' }));
  ok(error instanceof ApiError, `${error}`);
  ok([400, 401, 403].includes(error.status), `${error.status}`);
});

await check('unknown model', async () => {
  const error = await rejects(ai.models.generateContent({ model: 'no-such-model', contents: 'x' }));
  ok(error instanceof ApiError, `${error}`);
  equal(error.status, 404, 'status');
});
finish();
