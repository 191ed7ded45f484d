// Old dashboards as new ones: `rows`, `graph`, `singlestat` and what else Grafana wrote in earlier years.
import { migratePanel } from './migration-panels.js';

const GRID = 24;
/** Pixels of one unit of the grid with its gap, as Grafana counted when it turned rows into a grid. */
const UNIT = 38;

/** A dashboard in today's schema; the one given stays as it is. */
export function migrate(dashboard) {
  const out = structuredClone(dashboard);
  out.panels = Array.isArray(out.panels) ? out.panels : [];
  if (Array.isArray(out.rows) && out.rows.length) out.panels = [...out.panels, ...fromRows(out.rows)];
  delete out.rows;
  out.panels = out.panels.filter((panel) => panel && typeof panel === 'object').map(withNested);
  out.templating = { ...out.templating, list: (out.templating?.list ?? []).map(variable) };
  out.time = { from: 'now-6h', to: 'now', ...out.time };
  return out;
}

function withNested(panel) {
  const moved = migratePanel(panel);
  if (moved.type === 'row') moved.panels = (moved.panels ?? []).map(migratePanel);
  return moved;
}

/** Rows of twelve columns become panels on a grid of 24; a row that shows its title becomes a row panel. */
function fromRows(rows) {
  const out = [];
  let y = 0;
  const titled = rows.some((row) => row.collapse || row.showTitle || row.repeat);
  for (const row of rows) {
    const height = units(row.height ?? 250);
    let inside = out;
    if (titled) {
      const head = { type: 'row', title: row.title ?? '', collapsed: Boolean(row.collapse), panels: [], gridPos: { x: 0, y, w: GRID, h: 1 } };
      if (row.repeat) head.repeat = row.repeat;
      out.push(head);
      y += 1;
      if (row.collapse) inside = head.panels;
    }
    let x = 0;
    let lowest = y;
    for (const panel of row.panels ?? []) {
      const w = Math.max(1, Math.min(GRID, Math.round((Number(panel.span) || 12) * 2)));
      const h = panel.height ? units(panel.height) : height;
      if (x + w > GRID) {
        x = 0;
        y = lowest;
      }
      inside.push({ ...panel, gridPos: { x, y, w, h } });
      x += w;
      lowest = Math.max(lowest, y + h);
    }
    y = lowest;
  }
  return out;
}

function units(height) {
  const pixels = Number.parseInt(height, 10) || 250;
  return Math.max(3, Math.round(pixels / UNIT));
}

/** Old variables keep their value in `current.value`, their query as text. */
function variable(variable) {
  const out = { ...variable };
  if (out.type === 'query' && out.query && typeof out.query === 'object') out.query = out.query.query ?? out.query;
  return out;
}
