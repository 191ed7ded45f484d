// Lines, bars or points over time, with a legend.
import { chart } from '../chart.js';
import { configOf, seriesColor } from '../field.js';
import { aligned } from '../frames.js';
import { legend } from '../legend-view.js';
import { h, replace } from '../dom.js';
import { t } from '../texts.js';

export function timeseries(body, { panel, data, context }) {
  const { times, series } = aligned(data.series);
  const drawn = series
    .map((one, index) => {
      let config = configOf(panel, { name: one.name, refId: one.refId, type: 'number', index });
      if (config.custom?.stacking?.mode === 'percent') config = { unit: 'percentunit', ...config, min: 0, max: 1 };
      return { ...one, config, color: seriesColor(config, index, one.values.findLast?.((value) => value !== null && value !== undefined)), name: config.displayName || one.name };
    })
    .filter(({ config }) => !config.custom?.hideFrom?.viz);
  if (!drawn.length) {
    replace(body, h('p', { class: 'empty' }, t('Sin datos', 'No data')));
    return undefined;
  }
  const options = panel.options?.legend ?? {};
  const beside = options.placement === 'right';
  const area = h('div', { class: 'area' });
  const key = h('div', { class: 'key' });
  replace(body, h('div', { class: beside ? 'plot beside' : 'plot' }, area, key));
  let drawing;
  if (options.showLegend !== false && options.displayMode !== 'hidden') {
    legend(key, drawn, options, (at, visible) => drawing.show(at, visible));
  } else {
    key.remove();
  }
  drawing = chart(area, {
    times,
    series: drawn,
    range: data.range,
    onZoom: context.onZoom,
    annotations: context.annotations,
    exemplars: data.exemplars,
    sync: context.sync,
    sort: panel.options?.tooltip?.sort,
    label: panel.title,
  });
  return () => drawing.destroy();
}
