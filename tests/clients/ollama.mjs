// The official Ollama client: what it asks before it talks, chat, streaming, tools, image, generate,
// embeddings, abort, errors.
import { Ollama } from 'ollama';
import { KEY, MODEL, PNG, PNG_SIZE, Steering, URL_, check, equal, finish, ok, rejects, until } from './harness.mjs';

const client = (key) => new Ollama({ host: URL_, headers: { Authorization: `Bearer ${key}` } });
const ai = client(KEY);
const model = MODEL;
const user = (content, more = {}) => [{ role: 'user', content, ...more }];
const tools = [{
  type: 'function',
  function: { name: 'get_weather', description: 'The weather of a city', parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
}];

await check('list, show, ps, version', async () => {
  const { models } = await ai.list();
  ok(models.some((entry) => entry.name.startsWith(model) && entry.digest && entry.details), JSON.stringify(models));
  const shown = await ai.show({ model });
  ok(Array.isArray(shown.capabilities) && shown.model_info && shown.details, JSON.stringify(shown));
  ok(Array.isArray((await ai.ps()).models), 'ps');
  ok((await ai.version()).version, 'version');
});

await check('chat', async () => {
  const reply = await ai.chat({ model, messages: [{ role: 'system', content: 'Be brief.' }, ...user('hello there')], options: { temperature: 0.1 }, keep_alive: '5m' });
  equal(reply.message.content, 'ECHO: hello there', 'text');
  equal(reply.done, true, 'done');
  equal(reply.done_reason, 'stop', 'reason');
  ok(reply.eval_count > 0 && reply.prompt_eval_count > 0, 'usage');
});

await check('chat, every kind of character', async () => {
  const said = 'žluťoučký 🐎 "quotes" \\ \n tab\t</script>';
  equal((await ai.chat({ model, messages: user(said) })).message.content, `ECHO: ${said}`, 'text');
});

await check('stream', async () => {
  let all = '';
  let last;
  for await (const chunk of await ai.chat({ model, messages: user('[[long 40]]'), stream: true })) {
    all += chunk.message.content;
    last = chunk;
  }
  ok(all.endsWith('word39'), all);
  equal(last.done, true, 'done');
  equal(last.eval_count, 40, 'output tokens');
});

await check('stream comes as it is made', async () => {
  const times = [];
  for await (const chunk of await ai.chat({ model, messages: user('[[long 10]] [[slow 50]]'), stream: true })) if (chunk.message.content) times.push(Date.now());
  equal(times.length, 10, 'chunks');
  ok(times.at(-1) - times[0] > 200, `all within ${times.at(-1) - times[0]} ms`);
});

await check('tool round trip', async () => {
  const messages = user('[[call get_weather {"city":"Brno"}]]');
  const asked = await ai.chat({ model, messages, tools });
  equal(asked.message.tool_calls[0].function.arguments.city, 'Brno', 'argument');
  const answered = await ai.chat({ model, tools, messages: [...messages, asked.message, { role: 'tool', content: '21 degrees', tool_name: 'get_weather' }] });
  equal(answered.message.content, 'DONE: 21 degrees', 'text');
});

await check('stream of two tool calls', async () => {
  const calls = [];
  const messages = user('[[call get_weather {"city":"Brno"} && call get_weather {"city":"Praha"}]]');
  for await (const chunk of await ai.chat({ model, messages, tools, stream: true })) calls.push(...chunk.message.tool_calls ?? []);
  equal(calls.map((call) => call.function.arguments.city).join(), 'Brno,Praha', 'cities');
});

await check('image', async () => {
  const reply = await ai.chat({ model, messages: user('what is it', { images: [PNG] }) });
  ok(new RegExp(`IMAGE:image(/png)?:${PNG_SIZE}`).test(reply.message.content), reply.message.content);
});

await check('generate', async () => {
  equal((await ai.generate({ model, prompt: 'once', stream: false })).response, 'ECHO: once', 'text');
  let all = '';
  for await (const chunk of await ai.generate({ model, prompt: '[[long 12]]', stream: true })) all += chunk.response;
  ok(all.endsWith('word11'), all);
});

await check('embeddings', async () => {
  const { embeddings } = await ai.embed({ model, input: ['a', 'b'] });
  equal(embeddings.length, 2, 'vectors');
  equal(embeddings[0].length, 8, 'length of a vector');
});

await check('abort reaches the provider', async () => {
  const steering = new Steering(process.env.SIM_FIRST);
  const before = (await steering.seen()).seen.filter((seen) => seen.aborted).length;
  const stream = await ai.chat({ model, messages: user('[[long 2000]] [[slow 20]]'), stream: true });
  await rejects((async () => {
    let pieces = 0;
    for await (const chunk of stream) if (chunk.message.content && ++pieces === 3) stream.abort();
  })());
  await until('the provider notices', async () => (await steering.seen()).seen.filter((seen) => seen.aborted).length > before, 3000);
});

for (const [name, ask, status] of [
  ['bad request', () => ai.chat({ model, messages: 'no list' }), 400],
  ['bad key', () => client('sbx-wrong').chat({ model, messages: user('x') }), 401],
  ['unknown model', () => ai.chat({ model: 'no-such-model', messages: user('x') }), 404],
]) {
  await check(name, async () => {
    const error = await rejects(ask());
    equal(error.status_code, status, 'status');
    ok(error.message.length > 10, error.message);
  });
}
finish();
