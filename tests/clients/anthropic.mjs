// The official Anthropic SDK: messages, streaming, tools, image, large body, many at once, abort, errors.
import Anthropic from '@anthropic-ai/sdk';
import { BIG_SIZE, DIRECT, KEY, MODEL, PNG, PNG_SIZE, Steering, URL_, bigPicture, check, equal, finish, ok, rejects, until } from './harness.mjs';

const ai = new Anthropic({ baseURL: URL_, apiKey: KEY, maxRetries: 0, timeout: 25000 });
const model = MODEL;
const max_tokens = 4096;
const user = (content) => [{ role: 'user', content }];
const weather = { name: 'get_weather', description: 'The weather of a city', input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } };
const text = (reply) => reply.content.filter((block) => block.type === 'text').map((block) => block.text).join('');

await check('models', async () => {
  const ids = [];
  for await (const entry of ai.models.list()) ids.push(entry.id);
  ok(ids.includes(model), `${model} is not among ${ids}`);
});

await check('message', async () => {
  const reply = await ai.messages.create({ model, max_tokens, system: 'Be brief.', messages: user('hello there') });
  equal(text(reply), 'ECHO: hello there', 'text');
  equal(reply.stop_reason, 'end_turn', 'stop reason');
  equal(reply.usage.output_tokens, 3, 'output tokens');
});

await check('message, every kind of character', async () => {
  const said = 'žluťoučký 🐎 "quotes" \\ \n tab\t</script>';
  equal(text(await ai.messages.create({ model, max_tokens, messages: user(said) })), `ECHO: ${said}`, 'text');
});

await check('stream', async () => {
  const stream = ai.messages.stream({ model, max_tokens, messages: user('[[long 40]]') });
  let pieces = 0;
  stream.on('text', () => { pieces += 1; });
  const message = await stream.finalMessage();
  ok(text(message).endsWith('word39'), text(message));
  equal(message.stop_reason, 'end_turn', 'stop reason');
  equal(message.usage.output_tokens, 40, 'output tokens');
  equal(pieces, 40, 'pieces');
});

await check('stream comes as it is made', async () => {
  const times = [];
  for await (const event of await ai.messages.create({ model, max_tokens, stream: true, messages: user('[[long 10]] [[slow 50]]') })) {
    if (event.type === 'content_block_delta') times.push(Date.now());
  }
  equal(times.length, 10, 'events');
  ok(times.at(-1) - times[0] > 200, `all within ${times.at(-1) - times[0]} ms`);
});

await check('tool round trip', async () => {
  const messages = user('[[call get_weather {"city":"Brno"}]]');
  const asked = await ai.messages.create({ model, max_tokens, messages, tools: [weather] });
  equal(asked.stop_reason, 'tool_use', 'stop reason');
  const call = asked.content.find((block) => block.type === 'tool_use');
  equal(call.input.city, 'Brno', 'argument');
  const answered = await ai.messages.create({
    model, max_tokens, tools: [weather],
    messages: [...messages, { role: 'assistant', content: asked.content }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: '21 degrees' }] }],
  });
  equal(text(answered), 'DONE: 21 degrees', 'text');
});

await check('stream of two tool calls', async () => {
  const message = await ai.messages.stream({ model, max_tokens, tools: [weather], messages: user('[[call get_weather {"city":"Brno"} && call get_weather {"city":"Praha"}]]') }).finalMessage();
  equal(message.content.filter((block) => block.type === 'tool_use').map((block) => block.input.city).join(), 'Brno,Praha', 'cities');
});

await check('image', async () => {
  const reply = await ai.messages.create({
    model, max_tokens, messages: user([{ type: 'text', text: 'what is it' }, { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } }]),
  });
  equal(text(reply), `ECHO: what is it IMAGE:image/png:${PNG_SIZE}`, 'text');
});

await check('body of 27 MB', async () => {
  const reply = await ai.messages.create({
    model, max_tokens, messages: user([{ type: 'text', text: 'big' }, { type: 'image', source: { type: 'base64', media_type: 'image/png', data: bigPicture() } }]),
  });
  equal(text(reply), `ECHO: big IMAGE:image/png:${BIG_SIZE}`, 'text');
}, 60000);

await check('12 at once', async () => {
  await Promise.all([...Array(12).keys()].map(async (n) => {
    if (n % 2) {
      equal(text(await ai.messages.create({ model, max_tokens, messages: user(`number ${n}`) })), `ECHO: number ${n}`, 'text');
      return;
    }
    const message = await ai.messages.stream({ model, max_tokens, messages: user(`number ${n} [[slow 10]]`) }).finalMessage();
    equal(text(message), `ECHO: number ${n} [[slow 10]]`, 'text');
  }));
});

await check('count tokens', async () => {
  const counted = await ai.messages.countTokens({ model, messages: user('hello there') });
  ok(counted.input_tokens > 0, JSON.stringify(counted));
});

await check('abort reaches the provider', async () => {
  const steering = new Steering(process.env.SIM_FIRST ?? URL_);
  const before = (await steering.seen()).seen.filter((seen) => seen.aborted).length;
  const stream = ai.messages.stream({ model, max_tokens, messages: user('[[long 2000]] [[slow 20]]') });
  let pieces = 0;
  stream.on('text', () => { if (++pieces === 3) stream.abort(); });
  await rejects(stream.finalMessage());
  await until('the provider notices', async () => (await steering.seen()).seen.filter((seen) => seen.aborted).length > before, 3000);
});

await check('bad request', async () => {
  const error = await rejects(ai.messages.create({ model, max_tokens, messages: [] }));
  ok(error instanceof Anthropic.BadRequestError, `${error}`);
  equal(error.error?.type, 'error', 'shape');
  equal(error.error?.error?.type, 'invalid_request_error', 'type');
});

if (!DIRECT) {
  await check('bad key', async () => {
    const error = await rejects(new Anthropic({ baseURL: URL_, apiKey: 'sbx-wrong', maxRetries: 0 }).messages.create({ model, max_tokens, messages: user('x') }));
    ok(error instanceof Anthropic.AuthenticationError, `${error}`);
    equal(error.error?.error?.type, 'authentication_error', 'type');
  });
  await check('unknown model', async () => {
    const error = await rejects(ai.messages.create({ model: 'no-such-model', max_tokens, messages: user('x') }));
    ok(error instanceof Anthropic.NotFoundError, `${error}`);
    equal(error.error?.error?.type, 'not_found_error', 'type');
  });
}
finish();
