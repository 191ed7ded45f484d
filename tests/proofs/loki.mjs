// Logs with pino-loki, as a program does it, and asks for them as Grafana does. LOKI_URL says where.
//
//     LOKI_URL=http://127.0.0.1:3100 node tests/proofs/loki.mjs

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import pino from 'pino';

const host = process.env.LOKI_URL;
assert.ok(host, 'LOKI_URL is set');
const run = randomUUID();

const transport = pino.transport({
  target: 'pino-loki',
  options: { host, batching: false, labels: { app: 'proof', run }, replaceTimestamp: false },
});
const failed = new Promise((_, reject) => transport.on('error', reject));
const log = pino({ level: 'debug' }, transport);

log.info({ order: 7 }, 'order paid');
log.warn({ order: 8 }, 'payment slow');
log.error({ order: 9, err: new Error('no stock') }, 'order failed');

async function ask(path, params) {
  const response = await fetch(`${host}${path}?${new URLSearchParams(params)}`, { signal: AbortSignal.timeout(10_000) });
  const body = await response.text();
  assert.equal(response.status, 200, `${path} ${JSON.stringify(params)}: ${body}`);
  return JSON.parse(body);
}

const lines = (answer) => answer.data.result.flatMap((stream) => stream.values.map(([, line]) => line));

async function arrived(count) {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const found = lines(await ask('/loki/api/v1/query_range', { query: `{app="proof", run="${run}"}` }));
    if (found.length >= count) return found;
    assert.ok(Date.now() < deadline, `${found.length} of ${count} lines arrived`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const found = await Promise.race([arrived(3), failed]);
assert.equal(found.length, 3, 'each line is there once');
assert.deepEqual(found.map((line) => JSON.parse(line).msg).sort(), ['order failed', 'order paid', 'payment slow']);

const errors = lines(
  await ask('/loki/api/v1/query_range', { query: `{app="proof", run="${run}"} | json | order > 8 |= "no stock"` }),
);
assert.equal(errors.length, 1);

const levels = await ask('/loki/api/v1/label/level/values', { query: `{run="${run}"}` });
assert.deepEqual(levels.data, ['error', 'info', 'warning']);

const count = await ask('/loki/api/v1/query', { query: `sum by (level) (count_over_time({run="${run}"}[5m]))` });
assert.deepEqual(
  Object.fromEntries(count.data.result.map(({ metric, value }) => [metric.level, value[1]])),
  { error: '1', info: '1', warning: '1' },
);

// Grafana's check of a data source.
const check = await ask('/loki/api/v1/query', { query: 'vector(1)+vector(1)', time: '4000000000' });
assert.deepEqual(check.data.result, [{ metric: {}, value: [4000000000, '2'] }]);

console.log('pino-loki: 3 lines pushed, found by labels, text, fields and count');
