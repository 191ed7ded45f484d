// Lines of logs, each opening to its fields.
import { sources } from './api.js';
import { h, replace } from './dom.js';
import { read } from './log-line.js';
import { t } from './texts.js';
import { local } from './timerange.js';

/** Lines in the page at a time. */
const PAGE = 500;

/** `onLabel(name, value)`: somebody wants more of the same. */
export function logView(into, lines, { showTime = true, wrap = true, onLabel } = {}) {
  let shown = PAGE;
  const draw = () =>
    replace(
      into,
      h('div', { class: wrap ? 'loglines wrap' : 'loglines' }, lines.slice(0, shown).map((line) => lineView(line, { showTime, onLabel }))),
      lines.length > shown ? h('button', { type: 'button', onclick: () => { shown += PAGE; draw(); } }, t('Mostrar más', 'Show more')) : null,
    );
  draw();
}

/** One line. What is inside is made when it is opened. */
export function lineView(line, { showTime = true, onLabel } = {}) {
  const { level, message, fields, traceId } = read(line);
  const details = h(
    'details',
    { class: `logline ${level}` },
    h(
      'summary',
      null,
      showTime ? h('time', { datetime: new Date(line.time).toISOString() }, `${local(line.time)}.${String(line.time % 1000).padStart(3, '0')}`) : null,
      h('span', { class: 'level' }, level === 'unknown' ? '' : level),
      h('span', { class: 'message' }, message, brief(fields)),
    ),
  );
  details.addEventListener('toggle', () => {
    if (details.open && details.childElementCount === 1) details.append(inside(line, fields, traceId, onLabel));
  });
  return details;
}

/** The fields that say most, beside the message. */
function brief(fields) {
  const names = ['error', 'route', 'path', 'status', 'duration_ms'].filter((name) => fields[name] !== undefined);
  return names.map((name) => h('span', { class: 'brief' }, `${name}=${fields[name]}`));
}

function inside(line, fields, traceId, onLabel) {
  const row = (name, value, label) =>
    h(
      'tr',
      null,
      h('th', { scope: 'row' }, name),
      h('td', null, String(value)),
      h('td', null, label && onLabel ? h('button', { type: 'button', class: 'small', onclick: () => onLabel(name, String(value)) }, t('filtrar', 'filter')) : null),
    );
  return h(
    'div',
    { class: 'inside' },
    traceId && sources().has('jaeger') ? h('p', null, h('a', { class: 'button', href: `/traces/${traceId}` }, t('Ver la traza', 'Show the trace'))) : null,
    h('table', null, h('tbody', null, Object.entries(line.labels).map(([name, value]) => row(name, value, true)), Object.entries(fields).filter(([name]) => line.labels[name] === undefined).map(([name, value]) => row(name, value, false)))),
    h('pre', null, line.text),
  );
}
