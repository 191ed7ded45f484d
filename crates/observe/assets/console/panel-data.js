// What a panel drew, as a table to read: the way to the numbers, and to the traces, without a pointer.
import { sources } from './api.js';
import { h } from './dom.js';
import { tableView } from './table-view.js';
import { t } from './texts.js';
import { local } from './timerange.js';

export function showData(title, data) {
  const close = () => dialog.close();
  const place = h('div');
  const dialog = h(
    'dialog',
    { class: 'wide', 'aria-label': title },
    h('header', { class: 'spread' }, h('h2', null, title), h('button', { type: 'button', onclick: close, autofocus: true }, t('Cerrar', 'Close'))),
    place,
  );
  dialog.addEventListener('close', () => dialog.remove());
  const { series = [], exemplars = [], logs = [] } = data ?? {};
  if (series.length) {
    const times = [...new Set(series.flatMap((one) => one.times))].sort((a, b) => b - a);
    const slots = series.map((one) => new Map(one.times.map((time, at) => [time, one.values[at]])));
    tableView(place.appendChild(h('div')), {
      columns: [{ name: t('Hora', 'Time'), type: 'time' }, ...series.map((one, at) => ({ name: `${one.name}${series.findIndex((other) => other.name === one.name) === at ? '' : ` (${at + 1})`}`, type: 'number' }))],
      rows: times.map((time) => [time, ...slots.map((slot) => slot.get(time) ?? null)]),
    }, { cell: (value, column) => (column.type === 'time' ? local(value * 1000) : value === null ? '' : String(value)), caption: title });
  }
  if (exemplars.length) {
    place.append(h('h3', null, t('Peticiones de ejemplo', 'Exemplars')));
    tableView(place.appendChild(h('div')), {
      columns: [{ name: t('Hora', 'Time'), type: 'time' }, { name: t('Valor', 'Value'), type: 'number' }, { name: 'trace_id', type: 'string' }],
      rows: exemplars.map((one) => [one.time, one.value, one.labels.trace_id ?? one.labels.traceID ?? '']),
    }, {
      cell: (value, column) => {
        if (column.type === 'time') return local(value * 1000);
        return column.name === 'trace_id' && value && sources().has('jaeger') ? h('a', { href: `/traces/${value}` }, value) : String(value);
      },
      caption: t('Peticiones de ejemplo', 'Exemplars'),
    });
  }
  if (logs.length) place.append(h('pre', null, logs.map((line) => line.text).join('\n')));
  if (!series.length && !logs.length) place.append(h('p', { class: 'empty' }, t('Sin datos', 'No data')));
  document.body.append(dialog);
  dialog.showModal();
}
