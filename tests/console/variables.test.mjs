// Variables in queries and titles, and what their definitions ask.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL, customOptions, filtered, interpolate, ordered, parseQuery, sampleText, sorted, valuesOf } from '../../crates/observe/assets/console/variables.js';

const options = ['a.b', 'c'].map((value) => ({ text: value.toUpperCase(), value }));
const scope = {
  job: { name: 'job', multi: true, includeAll: true, options, value: ['a.b', 'c'] },
  one: { name: 'one', options, value: 'c' },
  all: { name: 'all', multi: true, includeAll: true, options: [{ text: 'All', value: ALL }, ...options], value: [ALL] },
  any: { name: 'any', multi: true, includeAll: true, allValue: '.+', options, value: [ALL] },
  __interval: '15s',
};

test('three spellings, and what is no variable stays', () => {
  assert.equal(interpolate('$one ${one} [[one]] $none ${none} $1', scope), 'c c c $none ${none} $1');
  assert.equal(interpolate('rate(x[$__interval])', scope, { query: true }), 'rate(x[15s])');
  assert.equal(interpolate('$one_more', scope), '$one_more');
});

test('several values become an alternative of escaped texts in a query', () => {
  assert.equal(interpolate('{job=~"$job"}', scope, { query: true }), '{job=~"(a\\\\.b|c)"}');
  assert.equal(interpolate('{job=~"$all"}', scope, { query: true }), '{job=~"(a\\\\.b|c)"}');
  assert.equal(interpolate('{job=~"$any"}', scope, { query: true }), '{job=~".+"}');
  const single = { job: { ...scope.job, value: ['a.b'] } };
  assert.equal(interpolate('{job=~"$job"}', single, { query: true }), '{job=~"a\\\\.b"}');
});

test('formats', () => {
  const say = (format) => interpolate(`\${job:${format}}`, scope);
  assert.equal(say('csv'), 'a.b,c');
  assert.equal(say('pipe'), 'a.b|c');
  assert.equal(say('regex'), '(a\\.b|c)');
  assert.equal(say('json'), '["a.b","c"]');
  assert.equal(say('doublequote'), '"a.b","c"');
  assert.equal(say('singlequote'), "'a.b','c'");
  assert.equal(say('queryparam'), 'var-job=a.b&var-job=c');
  assert.equal(say('text'), 'A.B + C');
  assert.equal(say('raw'), '{a.b,c}');
});

test('titles show texts', () => {
  assert.equal(interpolate('Jobs $job, $all', scope, { shown: true }), 'Jobs A.B + C, All');
  assert.deepEqual(valuesOf(scope.all), ['a.b', 'c']);
});

test('definitions', () => {
  assert.deepEqual(parseQuery('label_values(job)'), { kind: 'label_values', label: 'job' });
  assert.deepEqual(parseQuery('label_values(up{a="x,y"}, instance)'), { kind: 'label_values', match: 'up{a="x,y"}', label: 'instance' });
  assert.deepEqual(parseQuery('query_result(topk(5, sum by (a) (b)))'), { kind: 'query_result', expr: 'topk(5, sum by (a) (b))' });
  assert.deepEqual(parseQuery('metrics(^http_)'), { kind: 'metrics', regex: '^http_' });
  assert.deepEqual(parseQuery('label_names()'), { kind: 'label_names', match: '' });
  assert.deepEqual(parseQuery('up{job="a"}'), { kind: 'series', match: 'up{job="a"}' });
});

test('a regex takes parts out of texts', () => {
  const texts = [sampleText({ metric: { __name__: 'up', job: 'edge' }, value: [1.5, '1'] }), 'down{} 0 0'];
  assert.equal(texts[0], 'up{job="edge"} 1 1500');
  assert.deepEqual(filtered(texts, '/job="([^"]+)"/'), [{ text: 'edge', value: 'edge' }]);
  assert.deepEqual(filtered(['a-1', 'b-2'], '/(?<text>\\w)-(?<value>\\d)/'), [{ text: 'a', value: '1' }, { text: 'b', value: '2' }]);
  assert.deepEqual(filtered(['x', 'y'], 'x'), [{ text: 'x', value: 'x' }]);
  assert.deepEqual(filtered(['x', 'x']), [{ text: 'x', value: 'x' }]);
});

test('orders', () => {
  const texts = (order) => sorted(['b10', 'B2', 'a1'].map((text) => ({ text, value: text })), order).map(({ text }) => text);
  assert.deepEqual(texts(0), ['b10', 'B2', 'a1']);
  assert.deepEqual(texts(1), ['B2', 'a1', 'b10']);
  assert.deepEqual(texts(3), ['a1', 'B2', 'b10']);
  assert.deepEqual(texts(4), ['b10', 'B2', 'a1']);
  assert.deepEqual(texts(5), ['a1', 'b10', 'B2']);
});

test('custom options', () => {
  assert.deepEqual(customOptions('a, one : 1, x\\,y'), [{ text: 'a', value: 'a' }, { text: 'one', value: '1' }, { text: 'x,y', value: 'x,y' }]);
  assert.deepEqual(customOptions(''), []);
});

test('a variable comes after those it names', () => {
  const list = [{ name: 'c', query: 'label_values(up{b="$b"}, c)' }, { name: 'b', query: 'label_values(up{a="${a:regex}"}, b)' }, { name: 'a', query: 'label_values(a)' }];
  assert.deepEqual(ordered(list).map(({ name }) => name), ['a', 'b', 'c']);
  assert.equal(ordered([{ name: 'x', query: '$y' }, { name: 'y', query: '$x' }]).length, 2);
});
