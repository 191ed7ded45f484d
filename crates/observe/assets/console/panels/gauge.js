// A dial from the least to the most, with the thresholds around it.
import { css } from '../colors.js';
import { h, replace, svg } from '../dom.js';
import { displayText, valueColor } from '../field.js';
import { absolute } from '../thresholds.js';
import { t } from '../texts.js';
import { valuesOf } from './values.js';

/** The dial spans 240 degrees. */
const FROM = -210;
const SPAN = 240;

export function gauge(body, { panel, data }) {
  const items = valuesOf(panel, data);
  if (!items.length) {
    replace(body, h('p', { class: 'empty' }, t('Sin datos', 'No data')));
    return;
  }
  const { showThresholdLabels, showThresholdMarkers = true } = panel.options ?? {};
  replace(body, h('div', { class: 'gauges' }, items.map((item) => dial(item, items.length > 1, showThresholdMarkers, showThresholdLabels))));
}

function dial({ name, value, config, index }, named, markers, labels) {
  const min = config.min ?? 0;
  const max = config.max ?? (config.unit === 'percentunit' ? 1 : 100);
  const share = (at) => Math.min(Math.max((at - min) / (max - min || 1), 0), 1);
  const color = valueColor(value, config, index, { min, max });
  const steps = absolute(config.thresholds, min, max);
  const text = displayText(value, config);
  return h(
    'figure',
    { class: 'gauge' },
    svg(
      'svg',
      { viewBox: '0 0 200 150', role: 'img', 'aria-label': `${name}: ${text}` },
      svg('path', { d: arc(78, 0, 1), class: 'track' }),
      value === null ? null : svg('path', { d: arc(78, 0, share(value)), class: 'fill', stroke: color }),
      markers
        ? steps.map((step, at) => {
            const [from, to] = [share(Math.max(step.value, min)), share(steps[at + 1]?.value ?? max)];
            return to > from ? svg('path', { d: arc(94, from, to), class: 'marker', stroke: css(step.color) }) : null;
          })
        : null,
      labels ? steps.slice(1).map((step) => label(step, share(step.value), config)) : null,
      svg('text', { x: '100', y: '106', class: 'number', 'text-anchor': 'middle', style: { 'font-size': `${Math.min(30, 210 / Math.max(text.length, 5))}px` } }, text),
    ),
    named ? h('figcaption', null, name) : null,
  );
}

function point(radius, share) {
  const angle = ((FROM + SPAN * share) * Math.PI) / 180;
  return [100 + radius * Math.cos(angle), 102 + radius * Math.sin(angle)].map((number) => number.toFixed(2));
}

function arc(radius, from, to) {
  const large = (to - from) * SPAN > 180 ? 1 : 0;
  return `M${point(radius, from).join(' ')}A${radius} ${radius} 0 ${large} 1 ${point(radius, Math.max(to, from + 0.001)).join(' ')}`;
}

function label(step, share, config) {
  const [x, y] = point(104, share);
  return svg('text', { x, y, class: 'limit', 'text-anchor': share < 0.45 ? 'end' : share > 0.55 ? 'start' : 'middle' }, displayText(step.value, { ...config, mappings: [] }));
}
