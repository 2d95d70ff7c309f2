// Target 1 fails in every way before it says anything; target 2's answer comes every time, and the
// headers tell it. Each request has a provider of its own for target 1 (run.mjs configures them), so
// no gate that an earlier request tripped can hide a failover behind a diversion.
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { KEY, Steering, URL_, check, equal, finish, ok, pause, rejects } from './harness.mjs';
import { FAILURES, KINDS } from './cases.mjs';

const openai = new OpenAI({ baseURL: `${URL_}/v1`, apiKey: KEY, maxRetries: 0, timeout: 25000 });
const anthropic = new Anthropic({ baseURL: URL_, apiKey: KEY, maxRetries: 0, timeout: 25000 });
const first = new Steering(process.env.SIM_FIRST);
const second = new Steering(process.env.SIM_SECOND);
const user = [{ role: 'user', content: 'hello there' }];

const send = {
  async 'openai'(names) {
    const { data, response } = await openai.chat.completions.create({ ...names, messages: user }).withResponse();
    return { text: data.choices[0].message.content, response };
  },
  async 'openai-stream'(names) {
    const { data, response } = await openai.chat.completions.create({ ...names, stream: true, messages: user }).withResponse();
    let text = '';
    let end;
    for await (const chunk of data) {
      text += chunk.choices[0]?.delta?.content ?? '';
      end = chunk.choices[0]?.finish_reason ?? end;
    }
    equal(end, 'stop', 'finish');
    return { text, response };
  },
  async 'anthropic'(names) {
    const { data, response } = await anthropic.messages.create({ ...names, max_tokens: 100, messages: user }).withResponse();
    return { text: data.content[0].text, response };
  },
  async 'anthropic-stream'(names) {
    const { data, response } = await anthropic.messages.create({ ...names, max_tokens: 100, stream: true, messages: user }).withResponse();
    let text = '';
    let end;
    for await (const event of data) {
      if (event.type === 'content_block_delta') text += event.delta.text;
      if (event.type === 'message_delta') end = event.delta.stop_reason;
    }
    equal(end, 'end_turn', 'stop reason');
    return { text, response };
  },
};

for (const failure of FAILURES) {
  // A connection from before would not meet a listener that refuses or swallows: end those first.
  if (failure.name === 'black_hole') {
    await first.faults([{ fault: 'refuse' }]);
    await pause(300);
  }
  await first.faults([failure.fault]);
  for (const kind of KINDS) {
    for (const way of ['chain', 'body']) {
      const target = `first-${failure.name}-${kind}-${way}`.replaceAll('_', '-');
      let names = { model: `chain-${target}` };
      if (way === 'body') {
        names = { model: `${target}/sim-large` };
        if (kind.startsWith('openai')) names.models = ['second/sim-large'];
        else names.fallbacks = [{ model: 'second/sim-large' }];
      }
      await check(`${failure.name}, ${kind}, ${way === 'chain' ? 'chain' : 'models in the body'}`, async () => {
        const before = (await second.seen()).heads_read;
        const { text, response } = await send[kind](names);
        equal(text, 'ECHO: hello there', 'text');
        equal(response.headers.get('x-signalbox-served-by'), 'second/sim-large', 'served by');
        equal(response.headers.get('x-signalbox-attempts'), '2', 'attempts');
        equal(response.headers.get('x-signalbox-failover'), 'true', 'failover');
        ok(response.headers.get('x-signalbox-id'), 'no id');
        equal((await second.seen()).heads_read, before + 1, 'requests the second provider saw');
      });
    }
  }
}
await first.faults([]);

await check('both fail: one plain error, nothing repeated', async () => {
  await first.faults([{ fault: 'status', status: 500 }]);
  await second.faults([{ fault: 'status', status: 500 }]);
  const before = (await second.seen()).heads_read;
  const patient = new OpenAI({ baseURL: `${URL_}/v1`, apiKey: KEY, maxRetries: 2, timeout: 25000 });
  const error = await rejects(patient.chat.completions.create({ model: 'chain-last', messages: user }));
  equal(error.status, 502, 'status');
  equal(error.headers.get('x-should-retry'), 'false', 'x-should-retry');
  const calls = (await second.seen()).heads_read - before;
  ok(calls >= 1 && calls <= 2, `${calls} calls of the second provider`);
  await first.faults([]);
  await second.faults([]);
});

await check('cut after content: an error, never a whole answer', async () => {
  await first.faults([{ fault: 'cut_fin', after_events: 3 }]);
  const stream = await openai.chat.completions.create({ model: 'chain-cut', stream: true, messages: [{ role: 'user', content: '[[long 50]]' }] });
  let end;
  const error = await rejects((async () => {
    for await (const chunk of stream) end = chunk.choices[0]?.finish_reason ?? end;
  })());
  ok(error && end !== 'stop', `finish ${end}`);
  await first.faults([{ fault: 'cut_rst', after_events: 5 }]);
  await rejects(anthropic.messages.stream({ model: 'chain-cut-too', max_tokens: 100, messages: [{ role: 'user', content: '[[long 50]]' }] }).finalMessage());
  await first.faults([]);
});
finish();
