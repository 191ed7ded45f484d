// One trace as a waterfall.
import { sources } from '../api.js';
import { classic } from '../colors.js';
import { h, replace } from '../dom.js';
import * as jaeger from '../jaeger.js';
import { t } from '../texts.js';
import { local } from '../timerange.js';
import { treeOf, visible } from '../trace-tree.js';
import { format } from '../units.js';

/** Around a trace, its logs: so much before and after, in milliseconds. */
const AROUND = 60_000;
/** Spans drawn at first. */
const PAGE = 500;

export async function show(place) {
  const id = decodeURIComponent(location.pathname.split('/')[2]);
  const trace = await jaeger.trace(id);
  if (!trace?.spans?.length) throw new Error(t(`No hay traza con el id ${id}`, `There is no trace with the id ${id}`));
  const tree = treeOf(trace);
  const [root] = tree.rows;
  document.querySelector('h1').textContent = `${root.service}: ${root.span.operationName}`;
  document.title = `${root.span.operationName} · TextiSur`;
  replace(place, summary(trace, tree), waterfall(trace, tree));
}

const time = (micros) => format(micros / 1e6, 's');

function summary({ traceID }, { rows, start, duration, services, errors }) {
  const from = Math.floor(start / 1000 - AROUND);
  const to = Math.ceil((start + duration) / 1000 + AROUND);
  return h(
    'div',
    { class: 'card' },
    h('p', null, h('span', { class: 'figure' }, time(duration)), ' ', errors ? h('span', { class: 'state bad' }, t(`${errors} con error`, `${errors} with an error`)) : null),
    h('p', { class: 'soft' }, `${local(start / 1000)} · ${t(`${rows.length} tramos`, `${rows.length} spans`)} · `, h('code', null, traceID)),
    h('p', { class: 'tags' }, services.map((name, at) => h('span', { class: 'tag' }, h('i', { class: 'bar', style: { background: classic(at) } }), name))),
    h('p', { class: 'actions' }, sources().has('loki') ? h('a', { class: 'button primary', href: `/logs?${new URLSearchParams({ trace: traceID, from, to })}` }, t('Ver sus registros', 'Show its logs')) : null, h('a', { class: 'button', href: `/traces?${new URLSearchParams({ service: rows[0].service, operation: rows[0].span.operationName })}` }, t('Otras como esta', 'Others like this'))),
  );
}

function waterfall(trace, tree) {
  const closed = new Set();
  const opened = new Set();
  let shown = PAGE;
  const list = h('div', { class: 'waterfall', role: 'list', 'aria-label': t('Tramos', 'Spans') });
  const colors = new Map(tree.services.map((name, at) => [name, classic(at)]));
  const draw = (focus) => {
    const rows = visible(tree.rows, closed);
    replace(list, axis(tree), rows.slice(0, shown).map((row) => rowView(row, tree, trace, { closed, opened, colors, draw })), rows.length > shown ? h('button', { type: 'button', onclick: () => { shown += PAGE; draw(); } }, t(`Mostrar más (${rows.length - shown})`, `Show more (${rows.length - shown})`)) : null);
    if (focus) list.querySelector(`[data-focus="${focus}"]`)?.focus();
  };
  draw();
  const all = (fold) => {
    closed.clear();
    if (fold) for (const row of tree.rows) if (row.children.length && row.depth > 0) closed.add(row.span.spanID);
    draw();
  };
  return h('section', { class: 'card' }, h('p', { class: 'actions' }, h('button', { type: 'button', class: 'small', onclick: () => all(false) }, t('Abrir todo', 'Expand all')), h('button', { type: 'button', class: 'small', onclick: () => all(true) }, t('Cerrar todo', 'Collapse all'))), list);
}

function axis({ duration }) {
  return h('div', { class: 'span-axis', 'aria-hidden': 'true' }, h('span'), h('div', null, [0, 0.25, 0.5, 0.75, 1].map((share) => h('span', { style: { left: `${share * 100}%` } }, time(duration * share)))));
}

function rowView(row, { start, duration }, trace, { closed, opened, colors, draw }) {
  const { span, depth, service, error, children } = row;
  const id = span.spanID;
  const [left, width] = [((span.startTime - start) / (duration || 1)) * 100, (span.duration / (duration || 1)) * 100];
  const isOpen = opened.has(id);
  return h(
    'div',
    { class: 'span-row', role: 'listitem' },
    h(
      'div',
      { class: 'span-head' },
      h(
        'div',
        { class: 'span-name', style: { 'padding-left': `${Math.min(depth, 16) * 0.8}rem` } },
        children.length
          ? h('button', { type: 'button', class: 'fold', 'data-focus': `f${id}`, 'aria-expanded': String(!closed.has(id)), 'aria-label': t(`Tramos de ${span.operationName}`, `Spans of ${span.operationName}`), onclick: () => { closed.has(id) ? closed.delete(id) : closed.add(id); draw(`f${id}`); } }, closed.has(id) ? '▸' : '▾')
          : h('span', { class: 'fold' }),
        h('button', { type: 'button', class: 'span-open', 'data-focus': `o${id}`, 'aria-expanded': String(isOpen), onclick: () => { isOpen ? opened.delete(id) : opened.add(id); draw(`o${id}`); } }, h('i', { class: 'bar', style: { background: colors.get(service) } }), error ? h('b', { class: 'bad' }, '! ') : null, h('span', null, h('strong', null, service), ' ', span.operationName)),
      ),
      h(
        'div',
        { class: 'span-line' },
        h('span', { class: error ? 'span-bar error' : 'span-bar', style: { left: `${Math.min(left, 99.7)}%`, width: `${Math.max(0.3, Math.min(width, 100 - left))}%`, background: colors.get(service) } }),
        (span.logs ?? []).map(({ timestamp }) => h('span', { class: 'span-event', style: { left: `${Math.min(100, Math.max(0, ((timestamp - start) / (duration || 1)) * 100))}%` } })),
        h('span', { class: 'span-time', style: labelPlace(left, width) }, time(span.duration)),
      ),
    ),
    isOpen ? details(row, start, trace) : null,
  );
}

/** Beside the bar where there is room, else on its end. */
function labelPlace(left, width) {
  if (left + width < 85) return { left: `${left + width}%` };
  return left > 20 ? { right: `${100 - left}%` } : { right: `${100 - left - width}%`, background: 'color-mix(in srgb, var(--surface) 88%, transparent)', 'border-radius': '4px', margin: '.2rem .3rem 0', 'line-height': '1.05rem' };
}

function details({ span, service }, start, { processes }) {
  const pairs = (list) => h('table', null, h('tbody', null, list.map(({ key, value }) => h('tr', null, h('th', { scope: 'row' }, key), h('td', { class: 'mono' }, String(value))))));
  const resource = processes[span.processID]?.tags ?? [];
  return h(
    'div',
    { class: 'span-details' },
    h('p', { class: 'soft' }, `${service} · ${t('empieza en', 'starts at')} ${time(span.startTime - start)} · ${t('dura', 'takes')} ${time(span.duration)} · `, h('code', null, span.spanID)),
    (span.warnings ?? []).map((text) => h('p', { class: 'notice' }, text)),
    span.tags?.length ? [h('h3', null, t('Etiquetas', 'Tags')), pairs(span.tags)] : null,
    span.logs?.length ? [h('h3', null, t('Sucesos', 'Events')), span.logs.map(({ timestamp, fields }) => h('div', { class: 'event' }, h('p', { class: 'soft' }, `+ ${time(timestamp - span.startTime)}`), pairs(fields)))] : null,
    resource.length ? [h('h3', null, t('Proceso', 'Process')), pairs(resource)] : null,
  );
}
