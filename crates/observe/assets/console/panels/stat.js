// Large numbers, each with a small line behind it.
import { onColor } from '../colors.js';
import { h, replace, svg } from '../dom.js';
import { display, valueColor } from '../field.js';
import { reduce } from '../reduce.js';
import { t } from '../texts.js';
import { valuesOf } from './values.js';

export function stat(body, { panel, data }) {
  const items = valuesOf(panel, data);
  if (!items.length) {
    replace(body, h('p', { class: 'empty' }, panel.fieldConfig?.defaults?.noValue ?? t('Sin datos', 'No data')));
    return;
  }
  const { colorMode = 'value', graphMode = 'area', textMode = 'auto', orientation = 'auto' } = panel.options ?? {};
  const cells = items.map((item) => cell(item, { colorMode, graphMode, textMode, many: items.length > 1 }));
  replace(body, h('div', { class: `stats ${orientation}` }, cells));
}

function cell(item, { colorMode, graphMode, textMode, many }) {
  const { config, value, index } = item;
  const color = valueColor(value, config, index, { min: config.min ?? reduce(item.values, 'min'), max: config.max ?? reduce(item.values, 'max') });
  const filled = colorMode.startsWith('background');
  const withName = textMode === 'value_and_name' || textMode === 'name' || (textMode === 'auto' && many);
  const { prefix, text, suffix } = display(value, config);
  return h(
    'div',
    { class: filled ? 'stat filled' : 'stat', style: filled && color !== 'transparent' ? { background: color, color: onColor(color) } : null },
    graphMode === 'area' && item.times.length > 2 ? spark(item, filled ? 'currentColor' : color, filled) : null,
    withName ? h('div', { class: 'name' }, item.name) : null,
    textMode === 'none' || textMode === 'name'
      ? null
      : h('div', { class: 'value' }, colorMode === 'value' ? h('i', { class: 'bar', style: { background: color } }) : null, prefix ? h('small', null, prefix) : null, text, suffix ? h('small', null, suffix) : null),
  );
}

/** The way the value went, without axes. */
function spark({ values }, color, filled) {
  const there = values.filter((value) => Number.isFinite(value));
  if (there.length < 2) return null;
  const [low, high] = [Math.min(...there), Math.max(...there)];
  const y = (value) => 28 - ((value - low) / (high - low || 1)) * 24;
  const points = values.flatMap((value, at) => (Number.isFinite(value) ? [[((at / (values.length - 1)) * 100).toFixed(2), y(value).toFixed(2)]] : []));
  const path = `M${points.map((point) => point.join(' ')).join('L')}`;
  return svg(
    'svg',
    { class: 'spark', viewBox: '0 0 100 30', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('path', { d: `${path}L${points.at(-1)[0]} 30L${points[0][0]} 30Z`, fill: color, 'fill-opacity': '.14' }),
    svg('path', { d: path, fill: 'none', stroke: color, 'stroke-opacity': filled ? '.55' : '1', 'stroke-width': '1.5', 'vector-effect': 'non-scaling-stroke' }),
  );
}
