// Starts a gateway with two simulated providers behind it, in folders of its own, and runs the
// drivers. Everything it started is ended, whatever happens.
//   SIGNALBOX_BIN  the signalboxd to test           DIRECT=1  drivers against a simulator alone
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { FAILURES, KINDS } from './cases.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const bin = process.env.SIGNALBOX_BIN;
if (!bin) {
  console.error('SIGNALBOX_BIN is not set');
  process.exit(2);
}
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'signalbox-clients-'));
const key = `sbx-${crypto.randomBytes(32).toString('hex')}`;
const environment = {
  PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8', QT_QPA_PLATFORM: 'offscreen',
  XDG_CONFIG_HOME: path.join(folder, 'config'), XDG_DATA_HOME: path.join(folder, 'data'), XDG_RUNTIME_DIR: folder,
  SIM_KEY: 'sk-sim-1234', SB_CLIENT_KEY: key,
};
for (const name of ['ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS']) if (process.env[name]) environment[name] = process.env[name];
const running = [];

// Runs the program until it says where it listens.
function start(...args) {
  return new Promise((yes, no) => {
    const child = spawn(bin, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    running.push(child);
    let out = '';
    let err = '';
    const timer = setTimeout(() => no(new Error(`${args[0]} did not start: ${out}${err}`)), 20000);
    child.stdout.setEncoding('utf8').on('data', (piece) => {
      out += piece;
      const found = /(?:listening|simulating) on (http:\/\/\S+)/.exec(out);
      if (found) {
        clearTimeout(timer);
        yes({ child, address: found[1].replace(/\/$/, '') });
      }
    });
    child.stderr.setEncoding('utf8').on('data', (piece) => { err = (err + piece).slice(-20000); });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      no(new Error(`${args[0]} ended with ${code ?? signal}: ${out}${err}`));
    });
    child.on('error', no);
    child.log = () => err;
  });
}

function stop(child) {
  return new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done();
    const timer = setTimeout(() => child.kill('SIGKILL'), 35000);
    child.on('exit', () => { clearTimeout(timer); done(); });
    child.kill('SIGTERM');
  });
}

function drive(name, more) {
  return new Promise((done) => {
    console.log(`== ${name}, ${more.GATEWAY_MODEL}`);
    const child = spawn(process.execPath, [path.join(here, name)], { env: { ...environment, ...more }, stdio: 'inherit' });
    child.on('exit', (code) => done(code === 0));
  });
}

function provider(id, address) {
  return {
    id, dialects: { 'openai-chat': `${address}/v1`, anthropic: address }, keys: [{ id: 'main', secret: 'env:SIM_KEY' }],
    timeouts: { connect_ms: 700, head_ms: 5000 },
  };
}

// Two more ways to the first simulator, for the SDKs whose API has not failed over above: in their own
// API, and where every one of them is translated.
const MODELS = ['sim-own', 'sim-foreign'];
function further(address) {
  const keys = [{ id: 'main', secret: 'env:SIM_KEY' }];
  return [
    { id: 'own', dialects: { gemini: address, ollama: address }, keys },
    { id: 'foreign', dialects: { 'openai-chat': `${address}/v1` }, keys },
  ];
}

function configuration(firstAddress, secondAddress) {
  const providers = [provider('first', firstAddress), provider('second', secondAddress)];
  const chains = [{ id: 'sim-large', targets: [{ provider: 'first', model: 'sim-large' }] }];
  providers.push(...further(firstAddress));
  for (const model of MODELS) chains.push({ id: model, targets: [{ provider: model.slice('sim-'.length), model: 'sim-large' }] });
  const names = FAILURES.flatMap((failure) => KINDS.flatMap((kind) => ['chain', 'body'].map((way) => `first-${failure.name}-${kind}-${way}`.replaceAll('_', '-'))));
  for (const name of names) {
    providers.push(provider(name, firstAddress));
    if (name.endsWith('-chain')) chains.push({ id: `chain-${name}`, targets: [{ provider: name, model: 'sim-large' }, { provider: 'second', model: 'sim-large' }] });
  }
  for (const name of ['last', 'cut', 'cut-too']) {
    providers.push(provider(`first-${name}`, firstAddress), provider(`second-${name}`, secondAddress));
    chains.push({ id: `chain-${name}`, targets: [{ provider: `first-${name}`, model: 'sim-large' }, { provider: `second-${name}`, model: 'sim-large' }] });
  }
  return {
    version: 1, listen: [{ host: '127.0.0.1', port: 0 }], providers, chains,
    clients: [{ id: 'sdk', secret: 'env:SB_CLIENT_KEY', chains: ['*'] }],
  };
}

let good = true;
try {
  const first = await start('sim', '--listen', '127.0.0.1:0', '--script', 'quick');
  if (process.env.DIRECT === '1') {
    const direct = { DIRECT: '1', GATEWAY_URL: first.address, GATEWAY_KEY: key, GATEWAY_MODEL: 'sim-large', SIM_FIRST: first.address };
    for (const name of ['openai.mjs', 'anthropic.mjs']) good = (await drive(name, direct)) && good;
  } else {
    const second = await start('sim', '--listen', '127.0.0.1:0', '--script', 'quick');
    const config = path.join(folder, 'config.json');
    fs.writeFileSync(config, JSON.stringify(configuration(first.address, second.address), null, 1), { mode: 0o600 });
    const gateway = await start('serve', '--config', config, '--data-dir', path.join(folder, 'store'), '--listen', '127.0.0.1:0');
    const more = { GATEWAY_URL: gateway.address, GATEWAY_KEY: key, GATEWAY_MODEL: 'sim-large', SIM_FIRST: first.address, SIM_SECOND: second.address };
    for (const name of ['openai.mjs', 'anthropic.mjs', 'failover.mjs']) good = (await drive(name, more)) && good;
    for (const name of ['genai.mjs', 'ollama.mjs']) {
      for (const model of MODELS) good = (await drive(name, { ...more, GATEWAY_MODEL: model })) && good;
    }
    if (gateway.child.exitCode !== null) {
      console.log(`The gateway ended by itself: ${gateway.child.log()}`);
      good = false;
    } else if (!good) {
      console.log(`What the gateway said last: ${gateway.child.log().slice(-4000)}`);
    }
  }
} catch (error) {
  console.error(error);
  good = false;
} finally {
  await Promise.all(running.map(stop));
  fs.rmSync(folder, { recursive: true, force: true });
}
process.exit(good ? 0 : 1);
