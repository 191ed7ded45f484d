// Who calls whom, as a drawing: callers on the left, called on the right.
import { h, svg } from './dom.js';
import { t } from './texts.js';
import { format } from './units.js';

const WIDTH = 190;
const HEIGHT = 44;
const GAP_X = 110;
const GAP_Y = 26;

/** Columns of services: each stands right of all that call it; circles are cut where they close. Pure. */
export function columns(links) {
  const names = [...new Set(links.flatMap(({ parent, child }) => [parent, child]))].sort();
  const level = new Map(names.map((name) => [name, 0]));
  const calls = new Map(names.map((name) => [name, links.filter((link) => link.parent === name && link.child !== name).map((link) => link.child)]));
  const visit = (name, depth, above) => {
    if (above.has(name) || depth > names.length) return;
    if (depth > level.get(name)) level.set(name, depth);
    else if (depth < level.get(name)) return;
    for (const child of calls.get(name)) visit(child, depth + 1, new Set(above).add(name));
  };
  const called = new Set(links.filter(({ parent, child }) => parent !== child).map(({ child }) => child));
  const roots = names.filter((name) => !called.has(name));
  for (const root of roots.length ? roots : names.slice(0, 1)) visit(root, 0, new Set());
  const out = [];
  for (const name of names) (out[level.get(name)] ??= []).push(name);
  return out.filter(Boolean);
}

/** The drawing, and the same as a list for those who do not see it. */
export function serviceMap(links) {
  const cols = columns(links);
  const height = Math.max(...cols.map((col) => col.length)) * (HEIGHT + GAP_Y) + GAP_Y;
  const width = cols.length * (WIDTH + GAP_X) - GAP_X + 20;
  const at = new Map();
  cols.forEach((col, x) => {
    const top = (height - col.length * (HEIGHT + GAP_Y) + GAP_Y) / 2;
    col.forEach((name, y) => at.set(name, { x: 10 + x * (WIDTH + GAP_X), y: top + y * (HEIGHT + GAP_Y) }));
  });
  const most = Math.max(...links.map(({ callCount }) => callCount), 1);
  const edges = links.filter(({ parent, child }) => parent !== child).map(({ parent, child, callCount }) => {
    const [from, to] = [at.get(parent), at.get(child)];
    const [x1, y1, x2, y2] = [from.x + WIDTH, from.y + HEIGHT / 2, to.x, to.y + HEIGHT / 2];
    const middle = (x1 + x2) / 2;
    return [
      svg('path', { class: 'edge', d: `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2 - 6} ${y2}`, 'stroke-width': (1 + 3 * Math.sqrt(callCount / most)).toFixed(1), 'marker-end': 'url(#arrow)' }),
      svg('text', { x: middle, y: (y1 + y2) / 2 - 6, 'text-anchor': 'middle', class: 'count' }, format(callCount, 'short', callCount < 1000 ? 0 : 1)),
    ];
  });
  const nodes = [...at].map(([name, { x, y }]) =>
    svg('a', { href: `/traces?${new URLSearchParams({ service: name })}` }, svg('rect', { x, y, width: WIDTH, height: HEIGHT, rx: 8 }), svg('text', { x: x + WIDTH / 2, y: y + HEIGHT / 2 + 5, 'text-anchor': 'middle' }, name.length > 22 ? `${name.slice(0, 21)}…` : name)),
  );
  return h(
    'div',
    null,
    h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('Mapa de servicios', 'Service map') }, svg('svg', { class: 'map', viewBox: `0 0 ${width} ${height}`, width, height }, svg('defs', null, svg('marker', { id: 'arrow', viewBox: '0 0 10 10', refX: '8', refY: '5', markerWidth: '10', markerHeight: '10', markerUnits: 'userSpaceOnUse', orient: 'auto' }, svg('path', { d: 'M0 0L10 5L0 10z', class: 'head' }))), edges, nodes)),
    h('details', null, h('summary', null, t('Como lista', 'As a list')), h('ul', null, links.map(({ parent, child, callCount }) => h('li', null, `${parent} → ${child}: ${callCount}`)))),
  );
}
