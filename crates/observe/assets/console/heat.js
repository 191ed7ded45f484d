// A histogram's series as rows of a heat map.
import { number } from './prometheus.js';

/** Rows from the lowest bucket: `{ lower, upper, values }`, values as many as `times`. Cumulative buckets (`le`) are taken apart. */
export function buckets(series, times, { calculate = false } = {}) {
  const bounded = series.every((one) => one.labels.le !== undefined || isNumber(one.name));
  if (calculate || !bounded) return { rows: counted(series, times) };
  const byBound = new Map();
  for (const one of series) {
    const upper = number(one.labels.le ?? one.name);
    const values = byBound.get(upper) ?? new Array(times.length).fill(0);
    one.values.forEach((value, at) => (values[at] += value ?? 0));
    byBound.set(upper, values);
  }
  const bounds = [...byBound.keys()].sort((a, b) => a - b);
  const cumulative = series.some((one) => one.labels.le !== undefined);
  return {
    rows: bounds.map((upper, at) => {
      const below = at && cumulative ? byBound.get(bounds[at - 1]) : undefined;
      return { lower: at ? bounds[at - 1] : -Infinity, upper, values: byBound.get(upper).map((value, n) => Math.max(0, value - (below?.[n] ?? 0))) };
    }),
  };
}

const isNumber = (text) => /^[+-]?(Inf|\d+(\.\d+)?(e[+-]?\d+)?)$/.test(text);

/** Plain series: how many of them are in each of ten bands between the least and the most. */
function counted(series, times) {
  const all = series.flatMap((one) => one.values.filter((value) => Number.isFinite(value)));
  if (!all.length) return [];
  const low = all.reduce((a, b) => Math.min(a, b));
  const high = all.reduce((a, b) => Math.max(a, b));
  const size = (high - low) / 10 || 1;
  const rows = Array.from({ length: 10 }, (_, at) => ({ lower: low + at * size, upper: low + (at + 1) * size, values: new Array(times.length).fill(0) }));
  for (const one of series) {
    one.values.forEach((value, at) => {
      if (Number.isFinite(value)) rows[Math.min(9, Math.floor((value - low) / size))].values[at] += 1;
    });
  }
  return rows;
}
