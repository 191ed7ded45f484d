// Jaeger's query API. Times are microseconds.
import { get } from './api.js';

const SOURCE = 'jaeger';

export async function services(options) {
  return ((await get(SOURCE, 'api/services', undefined, options)).data ?? []).sort();
}

export async function operations(service, options) {
  const body = await get(SOURCE, `api/services/${encodeURIComponent(service)}/operations`, undefined, options);
  return [...new Set(body.data ?? [])].sort();
}

/** Traces that match: `service`, `operation`, `tags` (an object), `minDuration`, `maxDuration`, `start`, `end` (µs), `limit`. */
export async function search({ tags, ...params }, options) {
  const wanted = tags && Object.keys(tags).length ? JSON.stringify(tags) : undefined;
  return (await get(SOURCE, 'api/traces', { ...params, tags: wanted }, options)).data ?? [];
}

/** One trace. */
export async function trace(id, options) {
  return (await get(SOURCE, `api/traces/${encodeURIComponent(id)}`, undefined, options)).data?.[0];
}

/** `[{ parent, child, callCount }]`; times in milliseconds. */
export async function dependencies({ end, lookback }, options) {
  return (await get(SOURCE, 'api/dependencies', { endTs: end, lookback }, options)).data ?? [];
}
