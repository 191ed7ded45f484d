// Where panels stand: sections that open and close, and panels repeated for each value of a variable.
import { valuesOf } from './variables.js';

const COLUMNS = 24;

/** Sections `{ title, collapsed, panels }` from top to bottom; the first may have no title. Each panel has the `scope` it is drawn in. */
export function sections(panels, scope) {
  const sorted = [...panels].sort((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x);
  const out = [];
  let open = { title: undefined, collapsed: false, panels: [], key: 'top' };
  for (const panel of sorted) {
    if (panel.type === 'row') {
      out.push(open);
      open = { title: panel.title ?? '', collapsed: Boolean(panel.collapsed), panels: [...(panel.panels ?? [])], repeat: panel.repeat, key: String(panel.id ?? panel.title) };
    } else {
      open.panels.push(panel);
    }
  }
  out.push(open);
  return out
    .filter((section) => section.title !== undefined || section.panels.length)
    .flatMap((section) => repeatedSection(section, scope))
    .map((section) => ({ ...section, panels: placed(section.panels.flatMap((panel) => repeated(panel, section.scope))) }));
}

function repeatedSection(section, scope) {
  const variable = section.repeat ? scope[section.repeat] : undefined;
  if (!variable) return [{ ...section, scope }];
  return valuesOf(variable).map((value) => ({ ...section, key: `${section.key}=${value}`, scope: { ...scope, [variable.name]: only(variable, value) } }));
}

const only = (variable, value) => ({ ...variable, value, multi: false, includeAll: false });

/** A panel once for each value, side by side (sharing the width of the grid) or one below the other. */
function repeated(panel, scope) {
  const variable = panel.repeat ? scope[panel.repeat] : undefined;
  if (!variable) return [{ panel, scope, ...panel.gridPos }];
  const values = valuesOf(variable);
  if (!values.length) return [{ panel, scope, ...panel.gridPos }];
  const { x, y, w, h } = panel.gridPos;
  const across = panel.repeatDirection !== 'v';
  const aRow = across ? Math.max(1, Math.min(values.length, panel.maxPerRow || 4)) : 1;
  const width = across ? Math.floor(COLUMNS / aRow) : w;
  return values.map((value, at) => ({
    panel,
    scope: { ...scope, [variable.name]: only(variable, value) },
    x: across ? (at % aRow) * width : x,
    y: y + Math.floor(at / aRow) * h,
    w: width,
    h,
    // Pushes down what comes below.
    extra: at === values.length - 1 ? (Math.ceil(values.length / aRow) - 1) * h : 0,
    below: y + h,
  }));
}

/** From the section's own top, and below what was repeated above. */
function placed(panels) {
  const pushes = panels.filter((panel) => panel.extra);
  const top = Math.min(...panels.map((panel) => panel.y), Infinity);
  return panels.map(({ extra, below, ...panel }) => {
    const by = pushes.reduce((sum, push) => sum + (below === undefined && panel.y >= push.below ? push.extra : 0), 0);
    return { ...panel, y: panel.y - (Number.isFinite(top) ? top : 0) + by };
  });
}
