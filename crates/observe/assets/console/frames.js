// Answers of queries as series on one grid of times.
import { names } from './legend.js';
import { number } from './prometheus.js';

/** Series of a matrix, each `{ name, labels, refId, times, values }`; times in seconds, gaps are `null`. */
export function fromMatrix(result, { start, end, step }, target) {
  const times = grid(start, end, step);
  const titles = names(result.map((series) => series.metric), target.legendFormat, target.fallback);
  return result.map(({ metric, values }, at) => {
    const out = new Array(times.length).fill(null);
    for (const [time, text] of values ?? []) {
      const slot = Math.round((time - start) / step);
      if (slot >= 0 && slot < out.length) out[slot] = number(text);
    }
    return { name: titles[at], labels: metric, refId: target.refId, times, values: out };
  });
}

/** Series of one value each. A scalar is a series without labels. */
export function fromVector({ resultType, result }, target) {
  const samples = resultType === 'scalar' || resultType === 'string' ? [{ metric: {}, value: result }] : result;
  const titles = names(samples.map((sample) => sample.metric), target.legendFormat, target.fallback);
  return samples.map(({ metric, value }, at) => ({
    name: titles[at],
    labels: metric,
    refId: target.refId,
    times: [value[0]],
    values: [resultType === 'string' ? value[1] : number(value[1])],
  }));
}

function grid(start, end, step) {
  const count = Math.max(1, Math.floor((end - start) / step + 1e-9) + 1);
  return Array.from({ length: count }, (_, at) => start + at * step);
}

/** All series of a panel on one grid: queries may have had different steps. */
export function aligned(series) {
  const [first] = series;
  if (!first) return { times: [], series };
  if (series.every((one) => one.times === first.times || same(one.times, first.times))) return { times: first.times, series };
  const times = [...new Set(series.flatMap((one) => one.times))].sort((a, b) => a - b);
  const slots = new Map(times.map((time, at) => [time, at]));
  return {
    times,
    series: series.map((one) => {
      // `undefined` is where this series has no point of its own: lines go on through it. `null` is a gap.
      const values = new Array(times.length).fill(undefined);
      one.times.forEach((time, at) => {
        values[slots.get(time)] = one.values[at];
      });
      return { ...one, times, values };
    }),
  };
}

function same(a, b) {
  return a.length === b.length && a[0] === b[0] && a.at(-1) === b.at(-1);
}
