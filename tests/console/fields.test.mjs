// Thresholds, mappings, overrides, legends, calculations.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configOf, displayText, valueColor } from '../../crates/observe/assets/console/field.js';
import { names } from '../../crates/observe/assets/console/legend.js';
import { mapped } from '../../crates/observe/assets/console/mappings.js';
import { reduce } from '../../crates/observe/assets/console/reduce.js';
import { stacked } from '../../crates/observe/assets/console/stack.js';
import { stepOf } from '../../crates/observe/assets/console/thresholds.js';

const thresholds = { mode: 'absolute', steps: [{ value: null, color: 'green' }, { value: 80, color: 'red' }, { value: 50, color: 'orange' }] };

test('a value has the colour of the step it has reached', () => {
  for (const [value, color] of [[-1, 'green'], [49.9, 'green'], [50, 'orange'], [80, 'red'], [1e9, 'red'], [null, 'green']]) {
    assert.equal(stepOf(value, thresholds)?.color, color, String(value));
  }
  const shares = { ...thresholds, mode: 'percentage' };
  assert.equal(stepOf(5, shares, 0, 10).color, 'orange');
  assert.equal(stepOf(4.9, shares, 0, 10).color, 'green');
  assert.equal(stepOf(1, undefined), undefined);
});

test('words for values, new and old', () => {
  const mappings = [
    { type: 'value', options: { 0: { text: 'DOWN', color: 'red' } } },
    { type: 'range', options: { from: 10, to: null, result: { text: 'many' } } },
    { type: 'regex', options: { pattern: '/^v(.*)$/', result: { text: 'version $1' } } },
    { type: 'special', options: { match: 'null+nan', result: { text: 'nothing' } } },
  ];
  assert.deepEqual([0, 10, 'v2', null, Number.NaN, 5].map((value) => mapped(value, mappings)?.text), ['DOWN', 'many', 'version 2', 'nothing', 'nothing', undefined]);
  assert.equal(mapped(1, [{ type: 1, value: '1', text: 'UP' }]).text, 'UP');
  assert.equal(mapped(5, [{ type: 2, from: '1', to: '9', text: 'few' }]).text, 'few');
  assert.equal(valueColor(0, { mappings }), valueColor(1, { color: { mode: 'fixed', fixedColor: 'red' } }));
});

test('overrides are laid over the defaults, in their order', () => {
  const panel = {
    fieldConfig: {
      defaults: { unit: 's', custom: { lineWidth: 1 } },
      overrides: [
        { matcher: { id: 'byName', options: 'p95' }, properties: [{ id: 'unit', value: 'ms' }, { id: 'custom.lineWidth', value: 3 }] },
        { matcher: { id: 'byRegexp', options: '/^p/' }, properties: [{ id: 'decimals', value: 0 }] },
        { matcher: { id: 'byFrameRefID', options: 'B' }, properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: 'red' } }] },
      ],
    },
  };
  assert.deepEqual(configOf(panel, { name: 'p95', refId: 'A' }), { unit: 'ms', decimals: 0, custom: { lineWidth: 3 } });
  assert.equal(configOf(panel, { name: 'x', refId: 'B' }).color.fixedColor, 'red');
  assert.equal(panel.fieldConfig.defaults.custom.lineWidth, 1);
  assert.equal(displayText(null, { unit: 's' }), '–');
  assert.equal(displayText(null, { noValue: 'sin datos' }), 'sin datos');
});

test('series are named as the query says, or by what tells them apart', () => {
  const labels = [{ __name__: 'up', job: 'a', instance: 'x' }, { __name__: 'up', job: 'b', instance: 'x' }];
  assert.deepEqual(names(labels, '{{job}} on {{ instance }}'), ['a on x', 'b on x']);
  assert.deepEqual(names(labels, '{{missing}}', 'up'), ['up', 'up']);
  assert.deepEqual(names(labels, '__auto'), ['a', 'b']);
  assert.deepEqual(names(labels, ''), ['up{job="a", instance="x"}', 'up{job="b", instance="x"}']);
  assert.deepEqual(names([{}], '', 'vector(1)'), ['vector(1)']);
  assert.deepEqual(names([{ __name__: 'up' }], '__auto'), ['up']);
});

test('calculations leave gaps out', () => {
  const values = [null, 1, 4, undefined, 3, null];
  const results = Object.fromEntries(['lastNotNull', 'last', 'firstNotNull', 'min', 'max', 'mean', 'sum', 'count', 'range', 'delta', 'diff', 'p50'].map((calc) => [calc, reduce(values, calc)]));
  assert.deepEqual(results, { lastNotNull: 3, last: null, firstNotNull: 1, min: 1, max: 4, mean: 8 / 3, sum: 8, count: 6, range: 3, delta: 6, diff: 2, p50: 3 });
  assert.equal(reduce([null], 'mean'), null);
  assert.equal(reduce([1, 2], 'no such calculation'), 2);
});

test('series on each other', () => {
  const custom = (mode) => ({ custom: { stacking: { mode } } });
  const sums = stacked([{ values: [1, 2, null], config: custom('normal') }, { values: [3, null, 5], config: custom('normal') }, { values: [9, 9, 9], config: custom('none') }]);
  assert.deepEqual(sums.values, [[1, 2, null], [4, 2, 5], [9, 9, 9]]);
  assert.deepEqual(sums.bands, [[1, 0]]);
  const shares = stacked([{ values: [1], config: custom('percent') }, { values: [3], config: custom('percent') }]);
  assert.deepEqual(shares.values, [[0.25], [1]]);
});
