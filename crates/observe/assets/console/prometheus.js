// Prometheus's HTTP API, as far as pages need it.
import { get, post } from './api.js';

/** `Infinity`, `NaN` and numbers, out of the text the API writes them as. */
export function number(text) {
  if (text === '+Inf' || text === 'Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  return Number.parseFloat(text);
}

const SOURCE = 'prometheus';

/** `{ resultType, result, warnings }` at one moment (seconds). */
export async function instant(expr, time, options) {
  const body = await post(SOURCE, 'api/v1/query', { query: expr, time }, options);
  return { ...body.data, warnings: notes(body) };
}

/** `{ resultType, result, warnings }` from `start` to `end` every `step`, all in seconds. */
export async function range(expr, { start, end, step }, options) {
  const body = await post(SOURCE, 'api/v1/query_range', { query: expr, start, end, step }, options);
  return { ...body.data, warnings: notes(body) };
}

function notes(body) {
  return [...(body.warnings ?? []), ...(body.infos ?? [])];
}

/** Exemplars of the series of a query: `[{ labels, time, value, series }]`, times in seconds. */
export async function exemplars(expr, { start, end }, options) {
  const body = await post(SOURCE, 'api/v1/query_exemplars', { query: expr, start, end }, options);
  return (body.data ?? []).flatMap(({ seriesLabels, exemplars }) =>
    (exemplars ?? []).map(({ labels, value, timestamp }) => ({
      labels,
      value: number(value),
      time: Number(timestamp),
      series: seriesLabels,
    })),
  );
}

export async function labels(params, options) {
  return (await get(SOURCE, 'api/v1/labels', params, options)).data ?? [];
}

export async function labelValues(label, params, options) {
  return (await get(SOURCE, `api/v1/label/${encodeURIComponent(label)}/values`, params, options)).data ?? [];
}

export async function metadata(options) {
  return (await get(SOURCE, 'api/v1/metadata', undefined, options)).data ?? {};
}

export async function series(match, params, options) {
  return (await get(SOURCE, 'api/v1/series', { 'match[]': match, ...params }, options)).data ?? [];
}

export async function rules(options) {
  return (await get(SOURCE, 'api/v1/rules', undefined, options)).data.groups ?? [];
}

export async function targets(options) {
  return (await get(SOURCE, 'api/v1/targets', undefined, options)).data;
}
