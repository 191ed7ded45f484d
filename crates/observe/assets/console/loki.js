// Loki's HTTP API, as far as pages need it. Times are nanoseconds, as text.
import { address, get } from './api.js';

const SOURCE = 'loki';

/** Milliseconds since the epoch as Loki's nanoseconds. */
export const nanos = (ms) => `${BigInt(Math.round(ms)) * 1_000_000n}`;

/** `{ resultType, result }`: `streams` of lines, or a `matrix` for metric queries. `start` and `end` in milliseconds, `step` in seconds. */
export async function range(query, { start, end, step, limit = 500, direction = 'backward' }, options) {
  const params = { query, start: nanos(start), end: nanos(end), step, limit, direction };
  return (await get(SOURCE, 'loki/api/v1/query_range', params, options)).data;
}

export async function instant(query, time, options) {
  return (await get(SOURCE, 'loki/api/v1/query', { query, time: nanos(time) }, options)).data;
}

export async function labels({ start, end } = {}, options) {
  const params = start ? { start: nanos(start), end: nanos(end) } : {};
  return (await get(SOURCE, 'loki/api/v1/labels', params, options)).data ?? [];
}

export async function labelValues(label, { start, end, query } = {}, options) {
  const params = { query, ...(start ? { start: nanos(start), end: nanos(end) } : {}) };
  return (await get(SOURCE, `loki/api/v1/label/${encodeURIComponent(label)}/values`, params, options)).data ?? [];
}

/** Lines of the streams of an answer, `{ nanos, time (ms), text, labels }`, newest first. */
export function lines(streams) {
  const all = streams.flatMap(({ stream, values }) =>
    values.map(([at, text, more]) => ({
      nanos: at,
      time: Number(BigInt(at) / 1_000_000n),
      text,
      labels: { ...stream, ...more?.structuredMetadata, ...more?.parsed },
    })),
  );
  return all.sort((a, b) => (a.nanos.length - b.nanos.length || (a.nanos < b.nanos ? -1 : 1)) * -1);
}

/** A WebSocket that follows a query from now on. */
export function tail(query, { start, limit = 100 }) {
  const url = new URL(address(SOURCE, 'loki/api/v1/tail', { query, start: nanos(start), limit }), location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(url);
}
