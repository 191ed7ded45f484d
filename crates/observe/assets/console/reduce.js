// Many values to one: Grafana's calculations, by their ids.

const present = (values) => values.filter((value) => value !== null && value !== undefined && !Number.isNaN(value));
const sum = (values) => values.reduce((total, value) => total + value, 0);

function deltas(values) {
  return values.slice(1).map((value, at) => value - values[at]);
}

function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

function variance(values) {
  const mean = sum(values) / values.length;
  return sum(values.map((value) => (value - mean) ** 2)) / values.length;
}

/** Of the values that are there; `all` has the gaps too. */
const CALCS = {
  last: (values, all) => all.at(-1) ?? null,
  lastNotNull: (values) => values.at(-1),
  first: (values, all) => all[0] ?? null,
  firstNotNull: (values) => values[0],
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  mean: (values) => sum(values) / values.length,
  median: (values) => percentile(values, 0.5),
  sum,
  total: sum,
  count: (values, all) => all.length,
  range: (values) => Math.max(...values) - Math.min(...values),
  delta: (values) => sum(deltas(values).map((delta, at) => (delta < 0 ? values[at + 1] : delta))),
  diff: (values) => values.at(-1) - values[0],
  diffperc: (values) => (values.at(-1) - values[0]) / values[0],
  step: (values) => Math.min(...deltas(values).map(Math.abs)),
  logmin: (values) => Math.min(...values.filter((value) => value > 0)),
  variance,
  stdDev: (values) => Math.sqrt(variance(values)),
  changeCount: (values) => deltas(values).filter((delta) => delta !== 0).length,
  distinctCount: (values) => new Set(values).size,
  allIsZero: (values) => Number(values.every((value) => value === 0)),
  allIsNull: (values) => Number(values.length === 0),
};

/** What a legend's columns and a stat's titles call them. */
const NAMES = {
  lastNotNull: 'Last *',
  last: 'Last',
  firstNotNull: 'First *',
  first: 'First',
  min: 'Min',
  max: 'Max',
  mean: 'Mean',
  median: 'Median',
  sum: 'Total',
  total: 'Total',
  count: 'Count',
  range: 'Range',
  delta: 'Delta',
  diff: 'Difference',
  diffperc: 'Difference %',
  stdDev: 'StdDev',
  variance: 'Variance',
};

/** One number, or `null` where there is none. An unknown calculation is the last value. */
export function reduce(values, calc) {
  const there = present(values);
  if (!there.length && !['count', 'allIsNull', 'sum', 'total'].includes(calc)) return null;
  const share = /^p(\d{1,2})$/.exec(calc ?? '');
  const value = share ? percentile(there, Number(share[1]) / 100) : (CALCS[calc] ?? CALCS.lastNotNull)(there, values);
  return value === undefined || Number.isNaN(value) ? null : value;
}

export const calcName = (calc) => NAMES[calc] ?? calc;

/** The unit of a calculation's result: counts have none, shares of change are percent. */
export function calcUnit(calc, unit) {
  if (['count', 'changeCount', 'distinctCount'].includes(calc)) return 'none';
  return calc === 'diffperc' ? 'percentunit' : unit;
}
