// Tables, and what dashboards do to them before they are shown. A table is `{ columns: [{ name, type, refId }], rows: [[…]] }`.
import { reduce, calcName } from './reduce.js';

/** Series as tables, one a query: a moment's values as rows with their labels as columns. */
export function tableOf(series, { instant, refIds = 1 }) {
  const labels = [...new Set(series.flatMap((one) => Object.keys(one.labels)))];
  const value = refIds > 1 ? `Value #${series[0]?.refId ?? 'A'}` : 'Value';
  const columns = [
    { name: 'Time', type: 'time' },
    ...labels.map((name) => ({ name, type: 'string' })),
    { name: value, type: 'number', refId: series[0]?.refId },
  ];
  const rows = series.flatMap((one) => {
    const points = instant ? [[one.times.at(-1), one.values.at(-1)]] : one.times.map((time, at) => [time, one.values[at]]);
    return points
      .filter(([, number]) => number !== null && number !== undefined)
      .map(([time, number]) => [time * 1000, ...labels.map((name) => one.labels[name] ?? null), number]);
  });
  return { columns, rows };
}

const TRANSFORMS = { organize, merge: (tables) => [merged(tables)], joinByField, seriesToColumns: joinByField, sortBy, limit, filterFieldsByName, reduce: reduced, renameByRegex, groupBy };

/** The tables after all transformations, and the names of those that are not known. */
export function transform(tables, transformations) {
  const unknown = [];
  let out = tables;
  for (const { id, options = {}, disabled } of transformations ?? []) {
    if (disabled || id === 'labelsToFields') continue;
    const apply = TRANSFORMS[id];
    if (apply) out = apply(out, options);
    else unknown.push(id);
  }
  return { tables: out, unknown };
}

/** Several tables as one: rows that agree in all columns they share become one row. */
function merged(tables) {
  const columns = [];
  const at = (name) => columns.findIndex((column) => column.name === name);
  for (const table of tables) for (const column of table.columns) if (at(column.name) < 0) columns.push(column);
  const rows = new Map();
  const keys = columns.filter((column) => column.type !== 'number').map((column) => column.name);
  for (const table of tables) {
    for (const row of table.rows) {
      const cells = Object.fromEntries(table.columns.map((column, n) => [column.name, row[n]]));
      const key = JSON.stringify(keys.map((name) => cells[name] ?? null));
      const known = rows.get(key) ?? {};
      rows.set(key, { ...known, ...cells });
    }
  }
  return { columns, rows: [...rows.values()].map((cells) => columns.map((column) => cells[column.name] ?? null)) };
}

/** Tables side by side, by the values of one column. */
function joinByField(tables, { byField = 'Time', mode = 'outer' }) {
  const columns = [{ name: byField, type: byField === 'Time' ? 'time' : 'string' }];
  const rows = new Map();
  for (const table of tables) {
    const key = table.columns.findIndex((column) => column.name === byField);
    if (key < 0) continue;
    const base = columns.length;
    const others = table.columns.map((column, n) => ({ column, n })).filter(({ n }) => n !== key);
    for (const { column } of others) {
      const taken = columns.filter((known) => known.name === column.name || known.original === column.name).length;
      columns.push(taken ? { ...column, original: column.name, name: `${column.name} ${taken + 1}` } : column);
    }
    for (const row of table.rows) {
      const joined = rows.get(row[key]) ?? [row[key]];
      others.forEach(({ n }, offset) => {
        joined[base + offset] = row[n];
      });
      joined.tables = (joined.tables ?? 0) + 1;
      rows.set(row[key], joined);
    }
  }
  const all = [...rows.values()].filter((row) => mode === 'outer' || row.tables === tables.length);
  return [{ columns, rows: all.map((row) => columns.map((_, n) => row[n] ?? null)) }];
}

function organize(tables, { excludeByName = {}, includeByName = {}, renameByName = {}, indexByName = {} }) {
  return tables.map(({ columns, rows }) => {
    const only = Object.keys(includeByName).some((name) => includeByName[name]);
    const kept = columns
      .map((column, n) => ({ column, n, order: indexByName[column.name] ?? Number.MAX_SAFE_INTEGER }))
      .filter(({ column }) => !excludeByName[column.name] && (!only || includeByName[column.name]))
      .sort((a, b) => a.order - b.order || a.n - b.n);
    return {
      columns: kept.map(({ column }) => ({ ...column, name: renameByName[column.name] || column.name })),
      rows: rows.map((row) => kept.map(({ n }) => row[n])),
    };
  });
}

function sortBy(tables, { sort = [] }) {
  return tables.map(({ columns, rows }) => {
    const [first] = sort;
    const at = columns.findIndex((column) => column.name === first?.field);
    if (at < 0) return { columns, rows };
    return { columns, rows: [...rows].sort((a, b) => compare(a[at], b[at]) * (first.desc ? -1 : 1)) };
  });
}

/** Numbers by size, texts by alphabet, nothing last. */
export function compare(a, b) {
  if (a === null || a === undefined) return b === null || b === undefined ? 0 : 1;
  if (b === null || b === undefined) return -1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}

function limit(tables, { limitField = 10 }) {
  return tables.map(({ columns, rows }) => ({ columns, rows: rows.slice(0, Number(limitField)) }));
}

function filterFieldsByName(tables, { include = {}, exclude = {} }) {
  const fits = ({ names, pattern }, name) => names?.includes(name) || Boolean(pattern && new RegExp(pattern).test(name));
  return tables.map(({ columns, rows }) => {
    const any = include.names?.length || include.pattern;
    const kept = columns.map((column, n) => ({ column, n })).filter(({ column: { name } }) => (!any || fits(include, name)) && !fits(exclude, name));
    return { columns: kept.map(({ column }) => column), rows: rows.map((row) => kept.map(({ n }) => row[n])) };
  });
}

function renameByRegex(tables, { regex, renamePattern = '' }) {
  const pattern = new RegExp(regex);
  return tables.map(({ columns, rows }) => ({ columns: columns.map((column) => ({ ...column, name: column.name.replace(pattern, renamePattern) })), rows }));
}

/** One row a column of numbers, one column a calculation. */
function reduced(tables, { reducers = ['max'] }) {
  const columns = [{ name: 'Field', type: 'string' }, ...reducers.map((calc) => ({ name: calcName(calc), type: 'number' }))];
  const rows = tables.flatMap((table) =>
    table.columns.flatMap((column, n) => {
      if (column.type !== 'number') return [];
      const values = table.rows.map((row) => row[n]);
      return [[column.name, ...reducers.map((calc) => reduce(values, calc))]];
    }),
  );
  return [{ columns, rows }];
}

function groupBy(tables, { fields = {} }) {
  return tables.map(({ columns, rows }) => {
    const keys = columns.map((column, n) => ({ column, n })).filter(({ column }) => fields[column.name]?.operation === 'groupby');
    const sums = columns.flatMap((column, n) => {
      const { operation, aggregations = [] } = fields[column.name] ?? {};
      return operation === 'aggregate' ? aggregations.map((calc) => ({ column, n, calc })) : [];
    });
    const groups = Map.groupBy ? Map.groupBy(rows, keyOf) : grouped(rows, keyOf);
    function keyOf(row) {
      return JSON.stringify(keys.map(({ n }) => row[n]));
    }
    return {
      columns: [...keys.map(({ column }) => column), ...sums.map(({ column, calc }) => ({ ...column, name: `${column.name} (${calc})` }))],
      rows: [...groups.values()].map((group) => [...keys.map(({ n }) => group[0][n]), ...sums.map(({ n, calc }) => reduce(group.map((row) => row[n]), calc))]),
    };
  });
}

function grouped(rows, keyOf) {
  const groups = new Map();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return groups;
}
