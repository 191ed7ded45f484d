// Old dashboards made new, layout, transformations, times, places in a query.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { stretches } from '../../crates/observe/assets/console/annotations.js';
import { placeAt, ranked } from '../../crates/observe/assets/console/complete.js';
import { sparse } from '../../crates/observe/assets/console/exemplars.js';
import { buckets } from '../../crates/observe/assets/console/heat.js';
import { sections } from '../../crates/observe/assets/console/layout.js';
import { read } from '../../crates/observe/assets/console/log-line.js';
import { parse, safe } from '../../crates/observe/assets/console/markdown.js';
import { migrate } from '../../crates/observe/assets/console/migration.js';
import { interval, milliseconds, moment, rateInterval, resolve, spell } from '../../crates/observe/assets/console/timerange.js';
import { tableOf, transform } from '../../crates/observe/assets/console/transformations.js';

test('rows of twelve columns become a grid of 24', () => {
  const { panels, rows } = migrate({
    rows: [
      { title: 'One', height: '304px', panels: [{ type: 'graph', span: 8 }, { type: 'singlestat', span: 4 }, { type: 'text', span: 12 }] },
      { title: 'Two', collapse: true, panels: [{ type: 'graph', span: 12 }] },
    ],
  });
  assert.equal(rows, undefined);
  assert.deepEqual(panels.map(({ type, gridPos: { x, y, w, h } }) => [type, x, y, w, h]), [
    ['row', 0, 0, 24, 1],
    ['timeseries', 0, 1, 16, 8],
    ['stat', 16, 1, 8, 8],
    ['text', 0, 9, 24, 8],
    ['row', 0, 17, 24, 1],
  ]);
  assert.equal(panels[4].collapsed, true);
  assert.equal(panels[4].panels[0].type, 'timeseries');
});

test('an old graph keeps its axis, its stack, its legend, its colours', () => {
  const [panel] = migrate({
    panels: [{
      type: 'graph', gridPos: { x: 0, y: 0, w: 12, h: 8 }, stack: true, fill: 3, linewidth: 2, nullPointMode: 'connected', steppedLine: true,
      yaxes: [{ format: 'reqps', min: '0', max: null, decimals: 1, logBase: 10 }, {}],
      legend: { show: true, values: true, current: true, avg: true, alignAsTable: true, rightSide: true },
      aliasColors: { errors: 'red' }, seriesOverrides: [{ alias: '/p9/', yaxis: 2, fill: 0 }], thresholds: [{ value: 5, colorMode: 'critical' }],
      targets: [{ expr: 'up' }],
    }],
  }).panels;
  const { defaults, overrides } = panel.fieldConfig;
  assert.equal(panel.type, 'timeseries');
  assert.deepEqual([defaults.unit, defaults.min, defaults.max, defaults.decimals], ['reqps', 0, undefined, 1]);
  assert.deepEqual([defaults.custom.stacking.mode, defaults.custom.fillOpacity, defaults.custom.lineInterpolation, defaults.custom.spanNulls], ['normal', 30, 'stepAfter', true]);
  assert.deepEqual(panel.options.legend, { showLegend: true, displayMode: 'table', placement: 'right', calcs: ['lastNotNull', 'mean'] });
  assert.deepEqual(overrides.map(({ matcher }) => matcher.id), ['byName', 'byRegexp']);
  assert.equal(defaults.thresholds.steps[1].value, 5);
});

test('an old singlestat keeps its calculation, its limits, its words', () => {
  const [stat, gauge] = migrate({
    panels: [
      { type: 'singlestat', format: 's', valueName: 'avg', thresholds: '1,2', colors: ['green', 'orange', 'red'], colorBackground: true, valueMaps: [{ op: '=', value: 'null', text: 'N/A' }, { value: '1', text: 'UP' }], sparkline: { show: true } },
      { type: 'singlestat', format: 'percent', valueName: 'current', gauge: { show: true, minValue: 0, maxValue: 50 }, thresholds: '' },
    ],
  }).panels;
  assert.deepEqual([stat.type, stat.options.reduceOptions.calcs[0], stat.options.colorMode, stat.options.graphMode], ['stat', 'mean', 'background', 'area']);
  assert.deepEqual(stat.fieldConfig.defaults.thresholds.steps, [{ value: null, color: 'green' }, { value: 1, color: 'orange' }, { value: 2, color: 'red' }]);
  assert.equal(stat.fieldConfig.defaults.mappings[1].options['1'].text, 'UP');
  assert.deepEqual([gauge.type, gauge.fieldConfig.defaults.max], ['gauge', 50]);
});

test('what is given is not changed, and what is unknown stays', () => {
  const dashboard = Object.freeze({ panels: Object.freeze([Object.freeze({ type: 'geomap' })]) });
  assert.equal(migrate(dashboard).panels[0].type, 'geomap');
});

test('every dashboard of the project is of kinds that are drawn', () => {
  const folder = join(import.meta.dirname, '../../ops/grafana/dashboards');
  const known = ['row', 'timeseries', 'stat', 'gauge', 'bargauge', 'table', 'logs', 'heatmap', 'text'];
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  assert.ok(files.length >= 9);
  for (const file of files) {
    const all = migrate(JSON.parse(readFileSync(join(folder, file), 'utf8'))).panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
    for (const panel of all) assert.ok(known.includes(panel.type), `${file}: ${panel.title} is a ${panel.type}`);
  }
});

test('sections and repeated panels', () => {
  const job = { name: 'job', multi: true, options: [], value: ['a', 'b', 'c'] };
  const panels = [
    { type: 'stat', gridPos: { x: 0, y: 0, w: 24, h: 4 } },
    { type: 'row', title: 'R', gridPos: { x: 0, y: 4, w: 24, h: 1 } },
    { type: 'stat', repeat: 'job', maxPerRow: 2, gridPos: { x: 0, y: 5, w: 24, h: 3 } },
    { type: 'stat', gridPos: { x: 0, y: 8, w: 24, h: 3 } },
  ];
  const [top, row] = sections(panels, { job });
  assert.equal(top.title, undefined);
  assert.deepEqual(row.panels.map(({ x, y, w, scope }) => [x, y, w, scope.job.value]), [[0, 0, 12, 'a'], [12, 0, 12, 'b'], [0, 3, 12, 'c'], [0, 6, 24, ['a', 'b', 'c']]]);
  const repeated = sections([{ type: 'row', title: '$job', repeat: 'job', collapsed: true, panels: [panels[0]], gridPos: { x: 0, y: 0, w: 24, h: 1 } }], { job });
  assert.deepEqual(repeated.map(({ scope, collapsed }) => [scope.job.value, collapsed]), [['a', true], ['b', true], ['c', true]]);
});

test('tables merged and organized', () => {
  const one = (refId, values) => values.map(([job, value]) => ({ refId, labels: { job }, times: [1], values: [value] }));
  const tables = [one('A', [['x', 1], ['y', 2]]), one('B', [['x', 3]])].map((series) => tableOf(series, { instant: true, refIds: 2 }));
  const { tables: [table], unknown } = transform(tables, [
    { id: 'merge', options: {} },
    { id: 'organize', options: { excludeByName: { Time: true }, renameByName: { 'Value #A': 'Rate' }, indexByName: { 'Value #A': 0, job: 1 } } },
    { id: 'sortBy', options: { sort: [{ field: 'Rate', desc: true }] } },
    { id: 'somethingElse' },
  ]);
  assert.deepEqual(table.columns.map(({ name }) => name), ['Rate', 'job', 'Value #B']);
  assert.deepEqual(table.rows, [[2, 'y', null], [1, 'x', 3]]);
  assert.deepEqual(unknown, ['somethingElse']);
});

test('times', () => {
  const now = Date.UTC(2026, 10, 24, 18, 40);
  assert.equal(moment('now-90m', now), now - 5_400_000);
  assert.equal(moment('now-1d+2h', now), now - 22 * 3_600_000);
  assert.equal(moment('1700000000000', now), 1_700_000_000_000);
  assert.equal(moment('2026-11-24T18:00:00Z', now), now - 2_400_000);
  assert.equal(new Date(moment('now/d', now)).getHours(), 0);
  assert.equal(moment('now/d', now, true) - moment('now/d', now), 86_399_999);
  for (const wrong of ['now-', 'now-1x', 'yesterday', 'now1h']) assert.equal(moment(wrong, now), undefined, wrong);
  assert.deepEqual(resolve({ from: 'nonsense', to: 'now' }, now), { from: now - 3_600_000, to: now });
  assert.equal(milliseconds('1h30m'), 5_400_000);
  assert.equal(milliseconds('soon'), undefined);
  assert.equal(spell(5_405_000), '1h30m5s');
  assert.equal(interval({ from: 0, to: 3_600_000 }, 1000, 15_000), 15_000);
  assert.equal(interval({ from: 0, to: 86_400_000 }, 800, 15_000), 120_000);
  assert.equal(rateInterval(15_000, 15_000), 60_000);
  assert.equal(rateInterval(300_000, 15_000), 315_000);
});

test('what is being written at a place in a query', () => {
  const at = (text) => {
    const { kind, prefix, label, match } = placeAt(text.replace('|', ''), text.indexOf('|'));
    return [kind, prefix, label, match];
  };
  assert.deepEqual(at('sum(rat|)'), ['word', 'rat', undefined, undefined]);
  assert.deepEqual(at('up{jo|}'), ['label', 'jo', undefined, 'up']);
  assert.deepEqual(at('up{job="a", in|'), ['label', 'in', undefined, 'up{job="a"}']);
  assert.deepEqual(at('up{job="a", instance=~"x|"}'), ['value', 'x', 'instance', 'up{job="a"}']);
  assert.deepEqual(at('sum by (rou|) (x)'), ['label', 'rou', undefined, undefined]);
  assert.equal(at('rate(x[5|m])')[0], 'none');
  assert.equal(at('"a { b|"')[0], 'none');
  assert.deepEqual(at('up{a="}"} + htt|'), ['word', 'htt', undefined, undefined]);
  assert.deepEqual(ranked([{ text: 'xrate' }, { text: 'rate' }, { text: 'irate' }, { text: 'sum' }], 'ra').map(({ text }) => text), ['rate', 'irate', 'xrate']);
});

test('markdown is text, not markup', () => {
  assert.deepEqual(parse('# T\n\n<b>x</b> **y**\n- a\n- b\n\n```\n<i>\n```').map(({ kind }) => kind), ['heading', 'paragraph', 'list', 'code']);
  assert.deepEqual(parse('<b>x</b>')[0].inline, [{ kind: 'text', text: '<b>x</b>' }]);
  for (const bad of ['javascript:alert(1)', 'data:text/html,x', '//evil.example', 'JAVASCRIPT:x', 'java\tscript:x', '']) assert.equal(safe(bad), undefined, bad);
  for (const good of ['https://a.b/c', '/d/kpis', '#x', 'HighErrorRate.md', '../x/y']) assert.equal(safe(good), good);
});

test('lines of logs are taken apart', () => {
  const id = '0af7651916cd43dd8448eb211c80319c';
  assert.deepEqual(read({ text: `{"level":"WARN","message":"slow","trace_id":"${id}","http":{"status":500}}` }), {
    level: 'warning', message: 'slow', traceId: id, fields: { level: 'WARN', message: 'slow', trace_id: id, 'http.status': 500 },
  });
  assert.deepEqual(read({ text: 'level=error msg="no \\"way\\"" took=3ms' }).fields, { level: 'error', msg: 'no "way"', took: '3ms' });
  assert.deepEqual(read({ text: 'plain', labels: { level: 'info' } }), { level: 'info', message: 'plain', traceId: undefined, fields: {} });
  assert.equal(read({ text: '{"level":50,"msg":"pino"}' }).level, 'error');
  assert.equal(read({ text: '{broken' }).message, '{broken');
});

test('cumulative buckets are taken apart', () => {
  const series = [['0.1', [1, 2]], ['+Inf', [4, 4]], ['1', [3, 4]]].map(([le, values]) => ({ name: le, labels: { le }, values }));
  assert.deepEqual(buckets(series, [0, 1]).rows.map(({ upper, values }) => [upper, values]), [[0.1, [1, 2]], [1, [2, 2]], [Infinity, [1, 0]]]);
});

test('events without a break are one, and the slowest exemplar of a slice stands for it', () => {
  assert.deepEqual(stretches([[0, '1'], [15, '1'], [30, '0'], [90, '1']], 15_000), [{ time: 0, end: 15_000 }, { time: 90_000, end: 90_000 }]);
  const all = [[0, 1], [1, 5], [9, 2], [11, 3]].map(([time, value]) => ({ time, value }));
  assert.deepEqual(sparse(all, { from: 0, to: 10, slots: 2 }).map(({ value }) => value), [5, 2]);
});
