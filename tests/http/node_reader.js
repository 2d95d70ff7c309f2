// Reads HTTP messages with Node's own parser (llhttp), strict, for tst_node_oracle.
//   node node_reader.js INPUTS: frames of one byte ('Q' request, 'P' reply), a length (4 bytes,
//   little endian) and the bytes. One line of JSON each comes out:
//   {"v":"ok|error|incomplete|upgrade","e":CODE,"m":[{"h":HEAD,"b":BODY,"c":COMPLETE}]}, base64.
'use strict';

const fs = require('fs');
const { HTTPParser, methods } = require('_http_common');

const base64 = (text) => Buffer.from(text, 'latin1').toString('base64');

function read(type, bytes) {
  const parser = new HTTPParser();
  parser.initialize(type, {}, 1 << 20, 0 /* no lenient flag */);
  const messages = [];
  let open = null;
  let fields = [];
  let url = '';
  let isUpgrade = false;
  parser[HTTPParser.kOnMessageBegin | 0] = () => {
    open = null;
    fields = [];
    url = '';
  };
  // More than 32 fields come in parts; trailers come the same way, behind the head.
  parser[HTTPParser.kOnHeaders | 0] = (some, part) => {
    if (open)
      return;
    fields = fields.concat(some);
    url += part;
  };
  parser[HTTPParser.kOnHeadersComplete | 0] =
    (major, minor, some, method, target, status, reason, upgrade, keepAlive) => {
      const all = some === undefined ? fields : some;
      let head = type === HTTPParser.REQUEST
        ? `${methods[method]} ${target === undefined ? url : target}\n`
        : `${status}\n`;
      for (let i = 0; i < all.length; i += 2)
        head += `${all[i]}: ${all[i + 1]}\n`;
      open = { h: base64(head), body: [], c: false, status };
      messages.push(open);
      isUpgrade = upgrade;
      return 0;
    };
  parser[HTTPParser.kOnBody | 0] = (chunk) => { open.body.push(Buffer.from(chunk)); };
  parser[HTTPParser.kOnMessageComplete | 0] = () => { open.c = true; };

  let verdict = 'ok';
  let code = '';
  const used = parser.execute(bytes);
  if (used instanceof Error) {
    verdict = 'error';
    code = used.code;
  } else if (isUpgrade && open.c) {
    verdict = 'upgrade';
  } else {
    const end = parser.finish();
    if (end instanceof Error) {
      verdict = 'incomplete';
      code = end.code;
    }
  }
  parser.close();
  // Interim replies are no message of their own.
  const final = messages.filter((m) => !(m.status >= 100 && m.status < 200 && m.status !== 101));
  return JSON.stringify({
    v: verdict,
    e: code,
    m: final.map((m) => ({ h: m.h, b: Buffer.concat(m.body).toString('base64'), c: m.c })),
  });
}

const inputs = fs.readFileSync(process.argv[2]);
let out = '';
for (let at = 0; at < inputs.length;) {
  const type = inputs[at] === 0x51 ? HTTPParser.REQUEST : HTTPParser.RESPONSE;
  const size = inputs.readUInt32LE(at + 1);
  out += read(type, inputs.subarray(at + 5, at + 5 + size)) + '\n';
  at += 5 + size;
  if (out.length > 1 << 20) {
    fs.writeSync(1, out);
    out = '';
  }
}
fs.writeSync(1, out);
