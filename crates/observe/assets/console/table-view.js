// A table that sorts by its heads and draws no more rows than somebody reads.
import { h, replace } from './dom.js';
import { t } from './texts.js';
import { compare } from './transformations.js';

/** Rows drawn at first, and with every «more». */
const PAGE = 200;

/** `cell(value, column, row)` gives a text, an element, or `{ text, style }`. */
export function tableView(into, { columns, rows }, { cell = (value) => String(value ?? ''), sortBy, caption } = {}) {
  let sort = sortBy;
  let shown = PAGE;
  const draw = () => {
    const at = columns.findIndex((column) => column.name === sort?.name);
    const ordered = at < 0 ? rows : [...rows].sort((a, b) => compare(a[at], b[at]) * (sort.desc ? -1 : 1));
    replace(
      into,
      h(
        'div',
        { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption ?? t('Tabla', 'Table') },
        h(
          'table',
          { class: 'data' },
          h('thead', null, h('tr', null, columns.map((column) => head(column)))),
          h('tbody', null, ordered.slice(0, shown).map((row) => h('tr', null, row.map((value, n) => one(value, columns[n], row))))),
        ),
        rows.length > shown ? h('button', { type: 'button', onclick: () => { shown += PAGE * 5; draw(); } }, t(`Mostrar más (${rows.length - shown})`, `Show more (${rows.length - shown})`)) : null,
      ),
    );
  };
  const head = (column) => {
    const now = sort?.name === column.name ? (sort.desc ? 'descending' : 'ascending') : null;
    const next = () => {
      sort = now === 'ascending' ? { name: column.name, desc: true } : { name: column.name, desc: false };
      draw();
      into.querySelector(`th[aria-sort] button`)?.focus();
    };
    return h('th', { scope: 'col', class: column.type === 'number' ? 'number' : null, 'aria-sort': now }, h('button', { type: 'button', onclick: next }, column.title ?? column.name, now ? (sort.desc ? ' ▾' : ' ▴') : ''));
  };
  const one = (value, column, row) => {
    const made = cell(value, column, row);
    const styled = made && made.text !== undefined && !(made instanceof Node);
    return h('td', { class: column.type === 'number' ? 'number' : null, style: styled ? made.style : null }, styled ? made.text : made);
  };
  draw();
}
