// The official OpenAI SDK: chat, streaming, tools, image, large body, many at once, abort, errors.
import OpenAI from 'openai';
import { BIG_SIZE, DIRECT, KEY, MODEL, PNG, PNG_SIZE, Steering, URL_, bigPicture, check, equal, finish, ok, rejects, until } from './harness.mjs';

const ai = new OpenAI({ baseURL: `${URL_}/v1`, apiKey: KEY, maxRetries: 0, timeout: 25000 });
const model = MODEL;
const user = (content) => [{ role: 'user', content }];
const weather = {
  type: 'function',
  function: { name: 'get_weather', description: 'The weather of a city', parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
};
const text = (reply) => reply.choices[0].message.content;

await check('models', async () => {
  const ids = [];
  for await (const entry of ai.models.list()) ids.push(entry.id);
  ok(ids.includes(model), `${model} is not among ${ids}`);
});

await check('chat', async () => {
  const reply = await ai.chat.completions.create({ model, messages: [{ role: 'system', content: 'Be brief.' }, ...user('hello there')] });
  equal(text(reply), 'ECHO: hello there', 'text');
  equal(reply.choices[0].finish_reason, 'stop', 'finish');
  equal(reply.usage.total_tokens, reply.usage.prompt_tokens + reply.usage.completion_tokens, 'usage');
});

await check('chat, every kind of character', async () => {
  const said = 'žluťoučký 🐎 "quotes" \\ \n tab\t</script>';
  equal(text(await ai.chat.completions.create({ model, messages: user(said) })), `ECHO: ${said}`, 'text');
});

await check('stream', async () => {
  let all = '';
  let finishReason;
  let usages = 0;
  const stream = await ai.chat.completions.create({ model, stream: true, messages: user('[[long 40]]') });
  for await (const chunk of stream) {
    all += chunk.choices[0]?.delta?.content ?? '';
    finishReason = chunk.choices[0]?.finish_reason ?? finishReason;
    if (chunk.usage) usages += 1;
  }
  ok(all.endsWith('word39'), all);
  equal(finishReason, 'stop', 'finish');
  equal(usages, 0, 'usage chunks that nobody asked for');
});

await check('stream with usage', async () => {
  let usage;
  const stream = await ai.chat.completions.create({ model, stream: true, stream_options: { include_usage: true }, messages: user('[[long 12]]') });
  for await (const chunk of stream) usage = chunk.usage ?? usage;
  equal(usage?.completion_tokens, 12, 'completion tokens');
});

await check('stream comes as it is made', async () => {
  const times = [];
  const stream = await ai.chat.completions.create({ model, stream: true, messages: user('[[long 10]] [[slow 50]]') });
  for await (const chunk of stream) if (chunk.choices[0]?.delta?.content) times.push(Date.now());
  equal(times.length, 10, 'chunks');
  ok(times.at(-1) - times[0] > 200, `all within ${times.at(-1) - times[0]} ms`);
});

await check('tool round trip', async () => {
  const messages = user('[[call get_weather {"city":"Brno"}]]');
  const asked = await ai.chat.completions.create({ model, messages, tools: [weather] });
  equal(asked.choices[0].finish_reason, 'tool_calls', 'finish');
  const call = asked.choices[0].message.tool_calls[0];
  equal(JSON.parse(call.function.arguments).city, 'Brno', 'argument');
  const answered = await ai.chat.completions.create({
    model, tools: [weather], messages: [...messages, asked.choices[0].message, { role: 'tool', tool_call_id: call.id, content: '21 degrees' }],
  });
  equal(text(answered), 'DONE: 21 degrees', 'text');
});

await check('stream of two tool calls', async () => {
  const stream = ai.chat.completions.stream({ model, tools: [weather], messages: user('[[call get_weather {"city":"Brno"} && call get_weather {"city":"Praha"}]]') });
  const message = await stream.finalMessage();
  equal(message.tool_calls.map((call) => JSON.parse(call.function.arguments).city).join(), 'Brno,Praha', 'cities');
});

await check('image', async () => {
  const reply = await ai.chat.completions.create({
    model, messages: user([{ type: 'text', text: 'what is it' }, { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } }]),
  });
  equal(text(reply), `ECHO: what is it IMAGE:image/png:${PNG_SIZE}`, 'text');
});

await check('body of 27 MB', async () => {
  const reply = await ai.chat.completions.create({
    model, messages: user([{ type: 'text', text: 'big' }, { type: 'image_url', image_url: { url: `data:image/png;base64,${bigPicture()}` } }]),
  });
  equal(text(reply), `ECHO: big IMAGE:image/png:${BIG_SIZE}`, 'text');
}, 60000);

await check('12 at once', async () => {
  await Promise.all([...Array(12).keys()].map(async (n) => {
    if (n % 2) {
      equal(text(await ai.chat.completions.create({ model, messages: user(`number ${n}`) })), `ECHO: number ${n}`, 'text');
      return;
    }
    let all = '';
    for await (const chunk of await ai.chat.completions.create({ model, stream: true, messages: user(`number ${n} [[slow 10]]`) })) all += chunk.choices[0]?.delta?.content ?? '';
    equal(all, `ECHO: number ${n} [[slow 10]]`, 'text');
  }));
});

await check('abort reaches the provider', async () => {
  const stream = await ai.chat.completions.create({ model, stream: true, messages: user('[[long 2000]] [[slow 20]]') });
  let chunks = 0;
  for await (const chunk of stream) {
    if (chunk.choices[0]?.delta?.content && ++chunks === 3) break; // leaving the loop aborts
  }
  const steering = new Steering(process.env.SIM_FIRST ?? URL_);
  await until('the provider notices', async () => (await steering.seen()).seen.some((seen) => seen.stream && seen.aborted), 3000);
});

await check('bad request', async () => {
  const error = await rejects(ai.chat.completions.create({ model, messages: [] }));
  ok(error instanceof OpenAI.BadRequestError, `${error}`);
  ok(error.message.length > 10, error.message);
});

if (!DIRECT) {
  await check('bad key', async () => {
    const error = await rejects(new OpenAI({ baseURL: `${URL_}/v1`, apiKey: 'sbx-wrong', maxRetries: 0 }).chat.completions.create({ model, messages: user('x') }));
    ok(error instanceof OpenAI.AuthenticationError, `${error}`);
    equal(error.headers.get('x-signalbox-code'), 'client_key', 'code');
  });
  await check('unknown model', async () => {
    const error = await rejects(ai.chat.completions.create({ model: 'no-such-model', messages: user('x') }));
    ok(error instanceof OpenAI.NotFoundError, `${error}`);
    equal(error.headers.get('x-signalbox-code'), 'no_such_model', 'code');
  });
  await check('headers of an ordinary answer', async () => {
    const { response } = await ai.chat.completions.create({ model, messages: user('x') }).withResponse();
    ok(response.headers.get('x-signalbox-id'), 'no id');
    equal(response.headers.get('x-signalbox-attempts'), '1', 'attempts');
    ok(response.headers.get('x-signalbox-failover') !== 'true', 'failover');
  });
}
finish();
