// The answers as rows and columns, after the panel's transformations.
import { onColor } from '../colors.js';
import { h, replace } from '../dom.js';
import { configOf, displayText, valueColor } from '../field.js';
import { tableView } from '../table-view.js';
import { t } from '../texts.js';
import { local } from '../timerange.js';
import { tableOf, transform } from '../transformations.js';
import { display } from '../field.js';

export function table(body, { panel, data }) {
  const byQuery = new Map();
  for (const one of data.series) byQuery.set(one.refId, [...(byQuery.get(one.refId) ?? []), one]);
  const raw = [...byQuery.values()].map((series) => tableOf(series, { instant: series.every((one) => one.instant), refIds: byQuery.size }));
  const { tables, unknown } = transform(raw, panel.transformations);
  if (unknown.length) body.append(h('p', { class: 'notice' }, t(`Transformaciones no compatibles: ${unknown.join(', ')}`, `Unsupported transformations: ${unknown.join(', ')}`)));
  // Untransformed answers of several queries are several tables in Grafana too; shown is the first, as there.
  const [shown] = tables;
  if (!shown?.rows.length) {
    replace(body, h('p', { class: 'empty' }, t('Sin datos', 'No data')));
    return;
  }
  const configs = shown.columns.map((column, index) => configOf(panel, { name: column.name, refId: column.refId, type: column.type, index }));
  const kept = shown.columns.map((_, n) => n).filter((n) => !configs[n].custom?.hidden && !configs[n].custom?.hideFrom?.viz);
  const columns = kept.map((n) => ({ ...shown.columns[n], title: configs[n].displayName, config: configs[n] }));
  const rows = shown.rows.map((row) => kept.map((n) => row[n]));
  const [sort] = panel.options?.sortBy ?? [];
  const sortBy = sort && { name: columns.find((column) => (column.title ?? column.name) === sort.displayName)?.name, desc: sort.desc };
  tableView(body, { columns, rows }, { cell, sortBy, caption: panel.title });
}

function cell(value, column) {
  const { config } = column;
  if (column.type === 'time' && typeof value === 'number') return local(value);
  const text = column.type === 'number' || config.mappings?.length ? displayText(value, { ...config, noValue: config.noValue ?? '' }) : String(value ?? '');
  const { type = 'auto', mode } = config.custom?.cellOptions ?? { type: config.custom?.displayMode };
  if (type === 'color-text') return { text: h('span', null, h('i', { class: 'bar', style: { background: valueColor(value, config) } }), text) };
  if (type?.startsWith('color-background')) {
    const color = valueColor(value, config);
    if (color === 'transparent') return text;
    return { text, style: { background: color, color: onColor(color) } };
  }
  if (type === 'gauge' || mode === 'gradient' || type?.endsWith('gauge')) return gauge(value, config, text);
  return text;
}

function gauge(value, config, text) {
  const [min, max] = [config.min ?? 0, config.max ?? 100];
  const share = Math.min(Math.max((value - min) / (max - min || 1), 0), 1);
  return h('span', { class: 'cell-gauge' }, h('span', { class: 'trough' }, h('span', { class: 'fill', style: { width: `${share * 100}%`, background: valueColor(value, config, 0, { min, max }) } })), text || display(value, config).text);
}
