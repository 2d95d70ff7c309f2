// What the drivers share: where the gateway is, named checks, and steering the simulated providers.
//   GATEWAY_URL    http://127.0.0.1:PORT without a path      GATEWAY_KEY   the client's key
//   GATEWAY_MODEL  the model to ask for                      DIRECT=1      it is a simulator, no gateway
//   SIM_FIRST, SIM_SECOND   the simulators behind the gateway, for those who steer them
import http from 'node:http';

export const URL_ = (process.env.GATEWAY_URL ?? '').replace(/\/+$/, '');
export const KEY = process.env.GATEWAY_KEY ?? 'sbx-nobody';
export const MODEL = process.env.GATEWAY_MODEL ?? 'sim-large';
export const DIRECT = process.env.DIRECT === '1';
if (!/^http:\/\/(127\.0\.0\.1|\[::1\]):\d+$/.test(URL_)) {
  console.error('GATEWAY_URL must be a loopback address without a path');
  process.exit(2);
}

// A 2x2 PNG of 74 bytes.
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEUlEQVR42mP4z8DA8B+MgBgAHfAD/a4/4jgAAAAASUVORK5CYII=';
export const PNG_SIZE = Buffer.from(PNG, 'base64').length;

let passed = 0;
let failed = 0;

export function equal(actual, expected, what) {
  if (actual !== expected) throw new Error(`${what}: ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`);
}
export function ok(value, what) {
  if (!value) throw new Error(what);
}
export async function rejects(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('an error was expected, an answer came');
}

export async function check(name, run, milliseconds = 30000) {
  let timer;
  const late = new Promise((_, no) => {
    timer = setTimeout(() => no(new Error(`no answer in ${milliseconds} ms`)), milliseconds);
  });
  const begun = Date.now();
  try {
    await Promise.race([run(), late]);
    passed += 1;
    console.log(`PASS ${name} (${Date.now() - begun} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}: ${String(error?.stack ?? error).slice(0, 600)}`);
  } finally {
    clearTimeout(timer);
  }
}

export function finish() {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed || !passed ? 1 : 0);
}

// One connection for as long as we live: a simulator that refuses or swallows connects keeps it.
export class Steering {
  constructor(address) {
    this.address = address;
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 1, timeout: 0 });
  }

  ask(method, path, body) {
    return new Promise((yes, no) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      const request = http.request(this.address + path, { method, headers, agent: this.agent }, (reply) => {
        let all = '';
        reply.setEncoding('utf8').on('data', (piece) => { all += piece; }).on('end', () => {
          if (reply.statusCode === 200) yes(JSON.parse(all));
          else no(new Error(`${method} ${path}: ${reply.statusCode} ${all}`));
        });
      });
      request.on('error', no);
      request.end(text);
    });
  }
  faults(list) { return this.ask('POST', '/_sim/faults', list); }
  seen() { return this.ask('GET', '/_sim/seen'); }
}

export const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

export async function until(what, test, milliseconds = 5000) {
  const end = Date.now() + milliseconds;
  while (!(await test())) {
    if (Date.now() > end) throw new Error(`not in ${milliseconds} ms: ${what}`);
    await pause(20);
  }
}

// A picture of 20 MB, as base64.
export const bigPicture = () => Buffer.alloc(20 * 1024 * 1024 - 2, 7).toString('base64');
export const BIG_SIZE = 20 * 1024 * 1024 - 2;
