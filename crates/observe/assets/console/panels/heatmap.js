// Where most of a histogram's observations are, over time.
import { blend } from '../colors.js';
import { h, replace } from '../dom.js';
import { buckets } from '../heat.js';
import { themeColor } from '../palette.js';
import { t } from '../texts.js';
import { local } from '../timerange.js';
import { format } from '../units.js';
import { aligned } from '../frames.js';

const SCHEMES = {
  Oranges: ['#fff5eb', '#fd8d3c', '#7f2704'],
  Blues: ['#f7fbff', '#6baed6', '#08306b'],
  Greens: ['#f7fcf5', '#74c476', '#00441b'],
  Reds: ['#fff5f0', '#fb6a4a', '#67000d'],
  Spectral: ['#3288bd', '#99d594', '#e6f598', '#fee08b', '#fc8d59', '#d53e4f'],
};

/** Pixels left of the cells and under them. */
const LEFT = 68;
const BOTTOM = 22;

export function heatmap(body, { panel, data, context }) {
  const { times, series } = aligned(data.series);
  const map = buckets(series, times, panel.options);
  if (!map.rows.length) {
    replace(body, h('p', { class: 'empty' }, t('Sin datos', 'No data')));
    return undefined;
  }
  const canvas = h('canvas', { role: 'img', 'aria-label': panel.title || t('Mapa de calor', 'Heat map') });
  const pointer = h('div', { class: 'pointer', hidden: true });
  const area = h('div', { class: 'heat' }, canvas, pointer);
  replace(body, area);
  const unit = panel.options?.yAxis?.unit ?? panel.yAxis?.format ?? panel.fieldConfig?.defaults?.unit ?? 'short';
  const decimals = panel.options?.yAxis?.decimals;
  const colors = SCHEMES[panel.options?.color?.scheme] ?? SCHEMES.Oranges;
  const most = Math.max(...map.rows.flatMap((row) => row.values), 0);
  const name = (row) => (Number.isFinite(row.upper) ? format(row.upper, unit, decimals) : '+Inf');

  const draw = () => {
    const [width, height] = [area.clientWidth, area.clientHeight];
    if (width < 40 || height < 40) return;
    const scale = devicePixelRatio;
    canvas.width = width * scale;
    canvas.height = height * scale;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const ctx = canvas.getContext('2d');
    ctx.scale(scale, scale);
    const [w, hh] = [(width - LEFT - 8) / times.length, (height - BOTTOM - 6) / map.rows.length];
    map.rows.forEach((row, y) => {
      row.values.forEach((value, x) => {
        if (!value) return;
        ctx.fillStyle = blend(colors, Math.sqrt(value / most));
        ctx.fillRect(LEFT + x * w, 6 + (map.rows.length - 1 - y) * hh, Math.max(1, w - (w > 4 ? 1 : 0)), Math.max(1, hh - (hh > 4 ? 1 : 0)));
      });
    });
    ctx.fillStyle = themeColor('--soft');
    ctx.font = '12px system-ui, sans-serif';
    ctx.textAlign = 'right';
    ctx.textBaseline = 'middle';
    const every = Math.ceil(18 / hh);
    map.rows.forEach((row, y) => {
      if (y % every === 0) ctx.fillText(name(row), LEFT - 6, 6 + (map.rows.length - 0.5 - y) * hh);
    });
    ctx.textAlign = 'center';
    const ticks = Math.max(2, Math.floor((width - LEFT) / 90));
    for (let tick = 0; tick < ticks; tick += 1) {
      const at = Math.round((tick * (times.length - 1)) / (ticks - 1));
      ctx.textAlign = tick === ticks - 1 ? 'right' : tick === 0 ? 'left' : 'center';
      ctx.fillText(local(times[at] * 1000).slice(11, 16), LEFT + (at + (tick === ticks - 1 ? 1 : tick ? 0.5 : 0)) * w, height - BOTTOM / 2);
    }
  };

  const where = (event) => {
    const box = canvas.getBoundingClientRect();
    const x = Math.floor((event.clientX - box.left - LEFT) / ((box.width - LEFT - 8) / times.length));
    const y = map.rows.length - 1 - Math.floor((event.clientY - box.top - 6) / ((box.height - BOTTOM - 6) / map.rows.length));
    return { x, y, row: map.rows[y], box };
  };
  canvas.addEventListener('pointermove', (event) => {
    const { x, row, box } = where(event);
    pointer.hidden = !row || x < 0 || x >= times.length;
    if (pointer.hidden) return;
    const span = `${Number.isFinite(row.lower) ? format(row.lower, unit, decimals) : '0'} – ${name(row)}`;
    replace(pointer, h('div', { class: 'when' }, local(times[x] * 1000)), h('div', null, h('span', null, span), h('b', null, format(row.values[x], 'short'))));
    pointer.style.left = `${Math.min(event.clientX - box.left + 12, Math.max(0, box.width - pointer.offsetWidth))}px`;
    pointer.style.top = `${Math.max(0, event.clientY - box.top - pointer.offsetHeight - 8)}px`;
  });
  canvas.addEventListener('pointerleave', () => {
    pointer.hidden = true;
  });
  let pressed;
  canvas.addEventListener('pointerdown', (event) => {
    pressed = where(event).x;
  });
  canvas.addEventListener('pointerup', (event) => {
    const { x } = where(event);
    const [low, high] = [Math.min(pressed, x), Math.max(pressed, x)];
    if (context.onZoom && high > low && low >= 0 && high < times.length) context.onZoom({ from: times[low] * 1000, to: times[high] * 1000 });
  });
  const observer = new ResizeObserver(draw);
  observer.observe(area);
  draw();
  return () => observer.disconnect();
}
