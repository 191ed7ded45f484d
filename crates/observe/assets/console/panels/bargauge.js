// Bars from the least to the most, one a value.
import { css } from '../colors.js';
import { h, replace } from '../dom.js';
import { displayText, valueColor } from '../field.js';
import { absolute } from '../thresholds.js';
import { t } from '../texts.js';
import { valuesOf } from './values.js';

export function bargauge(body, { panel, data }) {
  const items = valuesOf(panel, data);
  if (!items.length) {
    replace(body, h('p', { class: 'empty' }, t('Sin datos', 'No data')));
    return;
  }
  const { orientation = 'auto', displayMode = 'gradient', showUnfilled = true } = panel.options ?? {};
  const upright = orientation === 'vertical' || (orientation === 'auto' && body.clientWidth > body.clientHeight * 2.2 && items.length > 1 && items.length < 9);
  const most = Math.max(...items.map((item) => item.value ?? 0));
  replace(body, h('div', { class: `bars ${upright ? 'upright' : 'lying'}` }, items.map((item) => bar(item, most, displayMode, showUnfilled, upright))));
}

function bar({ name, value, config, index }, most, mode, unfilled, upright) {
  const min = config.min ?? Math.min(0, value ?? 0);
  const max = config.max ?? (config.unit === 'percentunit' ? Math.max(1, most) : config.unit === 'percent' ? Math.max(100, most) : most || 1);
  const color = valueColor(value, config, index, { min, max });
  const share = Math.min(Math.max(((value ?? min) - min) / (max - min || 1), 0), 1);
  const direction = upright ? 'to top' : 'to right';
  const steps = absolute(config.thresholds, min, max).filter((step) => step.value <= (value ?? min));
  const shades = steps.map((step) => css(step.color));
  const gradient = mode === 'gradient' && shades.length > 1 ? `linear-gradient(${direction}, ${shades.join(', ')})` : color;
  return h(
    'div',
    { class: 'bar-item' },
    h('span', { class: 'name' }, name),
    h('span', { class: unfilled ? 'trough' : 'trough bare' }, h('span', { class: mode === 'lcd' ? 'fill lcd' : 'fill', style: { [upright ? 'height' : 'width']: `${share * 100}%`, background: gradient } })),
    h('span', { class: 'value' }, displayText(value, config)),
  );
}
