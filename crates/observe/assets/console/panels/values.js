// The values of a panel that shows single numbers: one a series, or one a row of a table.
import { configOf } from '../field.js';
import { reduce, calcUnit } from '../reduce.js';
import { tableOf, transform } from '../transformations.js';

/** `[{ name, value, values, times, config, labels, index }]` as `reduceOptions` says. */
export function valuesOf(panel, data) {
  const { calcs = ['lastNotNull'], values: everyRow, limit = 25, fields = '' } = panel.options?.reduceOptions ?? {};
  if ((panel.transformations ?? []).length || everyRow) return ofRows(panel, data, everyRow ? limit : 1, fields, calcs);
  return data.series.flatMap((one, index) =>
    calcs.slice(0, 1).map((calc) => {
      const config = configOf(panel, { name: one.name, refId: one.refId, type: 'number', index });
      return {
        name: config.displayName || one.name,
        value: reduce(one.values, calc),
        values: one.values,
        times: one.times,
        config: { ...config, unit: calcUnit(calc, config.unit) },
        labels: one.labels,
        index,
      };
    }),
  );
}

function ofRows(panel, data, limit, fields, calcs) {
  const byQuery = new Map();
  for (const one of data.series) byQuery.set(one.refId, [...(byQuery.get(one.refId) ?? []), one]);
  const tables = [...byQuery.values()].map((series) => tableOf(series, { instant: series.every((one) => one.instant), refIds: byQuery.size }));
  const wanted = /^\/(.*)\/$/.exec(fields)?.[1];
  const out = [];
  for (const { columns, rows } of transform(tables, panel.transformations).tables) {
    const numbers = columns.map((column, n) => ({ column, n })).filter(({ column }) => column.type === 'number' && (!wanted || new RegExp(wanted).test(column.name)));
    const texts = columns.map((column, n) => ({ column, n })).filter(({ column }) => column.type === 'string');
    for (const { column, n } of numbers) {
      const config = configOf(panel, { name: column.name, refId: column.refId, type: 'number', index: out.length });
      const values = rows.map((row) => row[n]);
      if (panel.options?.reduceOptions?.values) {
        for (const row of rows.slice(0, limit)) {
          out.push({ name: texts.map((text) => row[text.n]).filter(Boolean).join(' ') || config.displayName || column.name, value: row[n], values: [row[n]], times: [0], config, labels: {}, index: out.length });
        }
      } else {
        out.push({ name: config.displayName || column.name, value: reduce(values, calcs[0]), values, times: [], config, labels: {}, index: out.length });
      }
    }
  }
  return out;
}
