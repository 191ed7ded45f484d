// Lines over time, drawn by uPlot: axes with units, zoom by dragging, what the pointer is over, exemplars, annotations, thresholds.
import { h, replace } from './dom.js';
import { displayText } from './field.js';
import { sparse } from './exemplars.js';
import { themeColor } from './palette.js';
import { stacked } from './stack.js';
import { t } from './texts.js';
import { absolute } from './thresholds.js';
import { css } from './colors.js';
import { format, parts } from './units.js';
import { local } from './timerange.js';

/** Most names beside the pointer. */
const MOST_NAMES = 15;

const POWERS_OF_TWO = Array.from({ length: 60 }, (_, at) => 2 ** at);

const { uPlot } = globalThis;

/** A colour at part of its strength. */
export function faded(color, share) {
  if (/^#[\da-f]{6}$/i.test(color)) return color + Math.round(share * 255).toString(16).padStart(2, '0');
  return `color-mix(in srgb, ${color} ${Math.round(share * 100)}%, transparent)`;
}

/**
 * Draws into an element and follows its size.
 * `series`: `{ name, values, color, config }`, on `times` (seconds). `range` in milliseconds.
 * Returns `{ destroy, show(index, visible) }`.
 */
export function chart(into, { times, series, range, onZoom, annotations = [], exemplars = [], sync, label, sort }) {
  const ink = themeColor('--soft');
  const line = themeColor('--grid');
  const box = h('div', { class: 'chart', role: 'group', 'aria-label': label ?? t('Gráfica', 'Chart') });
  const pointer = h('div', { class: 'pointer', hidden: true });
  replace(into, box, pointer);

  const stacks = stacked(series);
  const scales = scalesOf(series);
  const data = [times, ...stacks.values];
  const options = {
    width: Math.max(60, box.clientWidth),
    height: Math.max(60, box.clientHeight),
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: {
      drag: { x: true, y: false, setScale: false, dist: 8 },
      points: { size: 7 },
      // The pointer is shown in all charts; a range is chosen in one.
      sync: sync ? { key: sync, filters: { sub: (type) => type === 'mousemove' || type === 'mouseleave' } } : undefined,
    },
    scales: { x: { time: true, range: [range.from / 1000, range.to / 1000] }, ...scales.options },
    axes: [
      { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, values: timeLabels, space: 70, size: 28 },
      ...scales.axes(ink, line),
    ],
    series: [{}, ...series.map((one, at) => lineOf(one, scales.of[at], stacks.isStacked[at]))],
    bands: stacks.bands.map(([upper, lower]) => ({ series: [upper + 1, lower + 1], fill: faded(series[upper].color, fillOf(series[upper].config)) })),
    hooks: {
      setCursor: [(plot) => tell(plot, pointer, series, sort)],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < 8 || !onZoom) return;
          onZoom({ from: Math.round(plot.posToVal(left, 'x') * 1000), to: Math.round(plot.posToVal(left + width, 'x') * 1000) });
          plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
        },
      ],
      drawClear: [(plot) => drawThresholds(plot, series[0]?.config, scales.of[0] ?? 'y')],
      draw: [(plot) => drawAnnotations(plot, annotations)],
    },
  };
  const plot = new uPlot(options, data, box);
  const overlay = () => {
    placeExemplars(plot, exemplars, series[0]?.config ?? {}, scales.of[0] ?? 'y');
    placeAnnotations(plot, annotations);
  };
  overlay();
  const observer = new ResizeObserver(() => {
    if (box.clientWidth < 20 || box.clientHeight < 20) return;
    plot.setSize({ width: box.clientWidth, height: box.clientHeight });
    overlay();
  });
  observer.observe(box);
  return {
    destroy() {
      observer.disconnect();
      plot.destroy();
    },
    show(at, visible) {
      plot.setSeries(at + 1, { show: visible });
      overlay();
    },
  };
}

const fillOf = (config) => (config.custom?.fillOpacity ?? 0) / 100;

function lineOf({ name, color, config }, scale, isStacked) {
  const { drawStyle = 'line', lineWidth = 1, lineInterpolation = 'linear', showPoints, spanNulls, lineStyle, barAlignment = 0, pointSize = 5, fillOpacity = 0 } = config.custom ?? {};
  const bars = drawStyle === 'bars';
  const points = drawStyle === 'points';
  const paths = bars
    ? uPlot.paths.bars({ size: [0.8, 40], align: barAlignment })
    : { linear: uPlot.paths.linear(), smooth: uPlot.paths.spline(), stepBefore: uPlot.paths.stepped({ align: -1 }), stepAfter: uPlot.paths.stepped({ align: 1 }) }[lineInterpolation];
  return {
    label: name,
    scale,
    stroke: color,
    width: bars ? Math.min(1, lineWidth) : lineWidth,
    fill: bars ? faded(color, Math.max(0.2, fillOpacity / 100)) : fillOpacity && !isStacked ? faded(color, fillOpacity / 100) : undefined,
    dash: lineStyle?.fill === 'dash' ? (lineStyle.dash ?? [10, 10]) : lineStyle?.fill === 'dot' ? [0, 6] : undefined,
    spanGaps: spanNulls === true,
    paths: points ? () => null : paths,
    // One point between two gaps makes no line: it is shown as a point.
    points: { show: points || showPoints === 'always' ? true : undefined, size: pointSize, stroke: color, fill: color },
  };
}

/** One scale a unit, the first on the left. */
function scalesOf(series) {
  const known = new Map();
  const of = series.map(({ config }) => {
    const custom = config.custom ?? {};
    const right = custom.axisPlacement === 'right';
    const key = `${config.unit ?? ''}|${right}|${custom.scaleDistribution?.type === 'log'}`;
    if (!known.has(key)) known.set(key, { id: known.size ? `y${known.size}` : 'y', config, right: right || known.size > 0, hidden: custom.axisPlacement === 'hidden' });
    return known.get(key).id;
  });
  if (!known.size) known.set('', { id: 'y', config: {}, right: false });
  const options = {};
  for (const { id, config } of known.values()) options[id] = scaleOf(config);
  const axes = (ink, line) =>
    [...known.values()].map(({ id, config, right, hidden }, at) => ({
      scale: id,
      show: !hidden,
      side: right ? 1 : 3,
      stroke: ink,
      grid: { show: at === 0, stroke: line, width: 1 },
      ticks: { stroke: line, width: 1 },
      label: config.custom?.axisLabel || undefined,
      labelSize: 20,
      size: widthOf,
      // Where names go by 1024, so do the lines.
      incrs: /^([kmg]?bytes|bits|binB?ps)$/i.test(config.unit ?? '') ? POWERS_OF_TWO : undefined,
      values: (plot, splits) => tickTexts(splits, config),
    }));
  return { of, options, axes };
}

function scaleOf(config) {
  const { min, max, custom = {} } = config;
  const soft = { min: custom.axisSoftMin, max: custom.axisSoftMax };
  const log = custom.scaleDistribution?.type === 'log';
  // Bars and areas on each other say how much: from nothing on.
  const grounded = custom.drawStyle === 'bars' || (custom.stacking?.mode ?? 'none') !== 'none';
  const range = (plot, low, high) => {
    if ((low === null && high === null) || (low === 0 && high === 0)) return [min ?? 0, max ?? 1];
    if (log) return uPlot.rangeLog(low, high, custom.scaleDistribution.log === 2 ? 2 : 10, true);
    const least = Math.min(low, soft.min ?? low, grounded ? 0 : low);
    const most = Math.max(high, soft.max ?? high);
    const [from, to] = uPlot.rangeNum(least, most, {
      min: { pad: 0.05, soft: 0, mode: 3 },
      max: { pad: 0.05, soft: 0, mode: 3 },
    });
    return [min ?? from, max ?? to];
  };
  return { distr: log ? 3 : 1, log: custom.scaleDistribution?.log === 2 ? 2 : 10, range };
}

/** All ticks of an axis with as many digits as tell them apart. */
function tickTexts(splits, config) {
  const known = splits.filter((value) => value !== null);
  if (config.decimals !== undefined && config.decimals !== null) return splits.map((value) => (value === null ? '' : format(value, config.unit, config.decimals)));
  const exact = (value, decimals) => {
    const [short, long] = [decimals, 12].map((digits) => Number(parts(value, config.unit, digits).text));
    // A thousandth off is no lie; 2.5 as 3 is one.
    return !(Math.abs(short - long) > Math.abs(long) / 1000);
  };
  for (let decimals = 0; decimals < 7; decimals += 1) {
    const texts = known.map((value) => format(value, config.unit, decimals));
    const apart = new Set(texts).size === texts.length;
    if (apart && known.every((value) => exact(value, decimals))) return splits.map((value) => (value === null ? '' : format(value, config.unit, decimals)));
  }
  return splits.map((value) => (value === null ? '' : format(value, config.unit)));
}

function widthOf(plot, values) {
  const longest = Math.max(...(values ?? ['']).map((text) => String(text ?? '').length), 2);
  return Math.min(110, 19 + longest * 7.2);
}

const two = (number) => String(number).padStart(2, '0');

function timeLabels(plot, splits, axis, space, increment) {
  let day;
  return splits.map((seconds) => {
    const date = new Date(seconds * 1000);
    const today = `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
    const clock = `${two(date.getHours())}:${two(date.getMinutes())}${increment < 60 ? `:${two(date.getSeconds())}` : ''}`;
    const text = increment >= 86_400 || (day !== undefined && day !== today && date.getHours() === 0) ? today : clock;
    day = today;
    return text;
  });
}

/** The values where the pointer is, the nearest in bold. */
function tell(plot, pointer, series, sort) {
  const { idx, left, top } = plot.cursor;
  if (idx === null || idx === undefined || left < 0) {
    pointer.hidden = true;
    return;
  }
  const shown = series
    .map((one, at) => ({ one, value: one.values[idx], at, y: plot.valToPos(plot.data[at + 1][idx], plot.series[at + 1].scale) }))
    .filter(({ value, at }) => value !== null && value !== undefined && plot.series[at + 1].show);
  if (!shown.length) {
    pointer.hidden = true;
    return;
  }
  const nearest = top < 0 ? undefined : shown.reduce((best, next) => (Math.abs(next.y - top) < Math.abs(best.y - top) ? next : best));
  if (sort !== 'none') shown.sort((a, b) => (sort === 'asc' ? a.value - b.value : b.value - a.value));
  const cut = shown.slice(0, MOST_NAMES);
  if (nearest && !cut.includes(nearest)) cut[cut.length - 1] = nearest;
  replace(
    pointer,
    h('div', { class: 'when' }, local(plot.data[0][idx] * 1000)),
    cut.map((item) =>
      h(
        'div',
        { class: item === nearest ? 'near' : null },
        h('i', { style: { background: item.one.color } }),
        h('span', null, item.one.config.displayName || item.one.name),
        h('b', null, displayText(item.value, item.one.config)),
      ),
    ),
    shown.length > cut.length ? h('div', { class: 'soft' }, `+ ${shown.length - cut.length}`) : null,
  );
  pointer.hidden = false;
  const bounds = plot.over.getBoundingClientRect();
  const around = pointer.parentElement.getBoundingClientRect();
  const x = bounds.left - around.left + left;
  const flip = x + 16 + pointer.offsetWidth > around.width && x - 16 - pointer.offsetWidth > -40;
  pointer.style.left = `${flip ? x - 12 - pointer.offsetWidth : Math.min(x + 12, Math.max(0, around.width - pointer.offsetWidth))}px`;
  pointer.style.top = `${Math.max(0, (top < 0 ? 0 : top) - pointer.offsetHeight / 2)}px`;
}

function drawThresholds(plot, config, scale) {
  const mode = config?.custom?.thresholdsStyle?.mode ?? 'off';
  if (mode === 'off') return;
  const { ctx, bbox } = plot;
  const { min, max } = plot.scales[scale];
  const steps = absolute(config.thresholds, config.min ?? min, config.max ?? max);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  steps.forEach((step, at) => {
    const color = css(step.color);
    if (color === 'transparent') return;
    const bottom = plot.valToPos(Math.max(step.value, min), scale, true);
    const top = plot.valToPos(Math.min(steps[at + 1]?.value ?? max, max), scale, true);
    if (mode.includes('area')) {
      ctx.fillStyle = faded(color, 0.12);
      ctx.fillRect(bbox.left, top, bbox.width, bottom - top);
    }
    if ((mode.includes('line') || mode.includes('dashed')) && Number.isFinite(step.value)) {
      ctx.strokeStyle = color;
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash(mode.includes('dashed') ? [8, 6] : []);
      ctx.beginPath();
      ctx.moveTo(bbox.left, bottom);
      ctx.lineTo(bbox.left + bbox.width, bottom);
      ctx.stroke();
    }
  });
  ctx.restore();
}

function drawAnnotations(plot, annotations) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const { time, end, color } of annotations) {
    const left = plot.valToPos(time / 1000, 'x', true);
    if (end > time) {
      ctx.fillStyle = faded(color, 0.1);
      ctx.fillRect(left, bbox.top, plot.valToPos(end / 1000, 'x', true) - left, bbox.height);
    }
    ctx.strokeStyle = color;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([4, 4]);
    ctx.beginPath();
    ctx.moveTo(left, bbox.top);
    ctx.lineTo(left, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

/** The marks under the lines of annotations, which say what they are. */
function placeAnnotations(plot, annotations) {
  for (const old of plot.over.querySelectorAll('.annotation')) old.remove();
  const { min, max } = plot.scales.x;
  for (const { time, text, color } of annotations) {
    if (time / 1000 < min || time / 1000 > max) continue;
    const left = plot.valToPos(time / 1000, 'x');
    plot.over.append(h('span', { class: 'annotation', title: `${local(time)}\n${text}`, style: { left: `${left}px`, 'border-bottom-color': color } }));
  }
}

/** Single requests as dots: one leads to its trace. */
function placeExemplars(plot, exemplars, config, scale) {
  for (const old of plot.over.querySelectorAll('.exemplar')) old.remove();
  const { min, max } = plot.scales.x;
  const y = plot.scales[scale];
  for (const { time, value, labels } of sparse(exemplars, { from: min, to: max, slots: plot.over.clientWidth / 12 })) {
    const id = labels.trace_id ?? labels.traceID ?? labels.traceId;
    if (time < min || time > max || y.min === null || !Number.isFinite(value)) continue;
    const inside = Math.min(Math.max(value, y.min), y.max);
    const about = `${local(time * 1000)} · ${displayText(value, config)}${id ? ` · ${t('traza', 'trace')} ${id}` : ''}`;
    const where = { left: `${plot.valToPos(time, 'x')}px`, top: `${plot.valToPos(inside, scale)}px` };
    // Reached by the keyboard through the panel's table of data: two hundred stops in a chart help nobody.
    plot.over.append(
      id
        ? h('a', { class: 'exemplar', href: `/traces/${encodeURIComponent(id)}`, title: about, 'aria-label': about, tabindex: '-1', style: where, onmousedown: (event) => event.stopPropagation() })
        : h('span', { class: 'exemplar', title: about, style: where }),
    );
  }
}
