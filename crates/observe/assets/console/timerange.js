// Ranges of time as Grafana's addresses write them: `now-6h`, `now/d`, milliseconds since the epoch, or ISO 8601.

const UNIT = /^(?:ms|[smhdwMyQ])/;

/** Quick ranges: from, to, Spanish, English. */
export const QUICK = [
  ['now-5m', 'now', 'Últimos 5 minutos', 'Last 5 minutes'],
  ['now-15m', 'now', 'Últimos 15 minutos', 'Last 15 minutes'],
  ['now-30m', 'now', 'Últimos 30 minutos', 'Last 30 minutes'],
  ['now-1h', 'now', 'Última hora', 'Last hour'],
  ['now-3h', 'now', 'Últimas 3 horas', 'Last 3 hours'],
  ['now-6h', 'now', 'Últimas 6 horas', 'Last 6 hours'],
  ['now-12h', 'now', 'Últimas 12 horas', 'Last 12 hours'],
  ['now-24h', 'now', 'Últimas 24 horas', 'Last 24 hours'],
  ['now-2d', 'now', 'Últimos 2 días', 'Last 2 days'],
  ['now-7d', 'now', 'Últimos 7 días', 'Last 7 days'],
  ['now-30d', 'now', 'Últimos 30 días', 'Last 30 days'],
  ['now/d', 'now/d', 'Hoy', 'Today'],
  ['now-1d/d', 'now-1d/d', 'Ayer', 'Yesterday'],
];

/** Milliseconds of one end of a range; `end` rounds `/d` up. `undefined` for what is no time. */
export function moment(text, now, end = false) {
  const trimmed = String(text).trim();
  if (/^\d{1,17}$/.test(trimmed)) return Number(trimmed);
  if (!trimmed.startsWith('now')) {
    const parsed = Date.parse(trimmed.replace(' ', 'T'));
    return Number.isNaN(parsed) ? undefined : parsed;
  }
  const date = new Date(now);
  let rest = trimmed.slice(3);
  while (rest) {
    const match = /^([+\-/])(\d*)/.exec(rest);
    if (!match) return undefined;
    rest = rest.slice(match[0].length);
    const unit = UNIT.exec(rest)?.[0];
    if (!unit) return undefined;
    rest = rest.slice(unit.length);
    if (match[1] === '/') round(date, unit, end);
    else shift(date, unit, Number(match[2] || 1) * (match[1] === '-' ? -1 : 1));
  }
  return Number.isNaN(date.getTime()) ? undefined : date.getTime();
}

const SPANS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

function shift(date, unit, by) {
  // Days and more by the calendar, so that a day of 23 hours is one.
  if (unit === 'd') date.setDate(date.getDate() + by);
  else if (unit === 'w') date.setDate(date.getDate() + 7 * by);
  else if (unit === 'M') date.setMonth(date.getMonth() + by);
  else if (unit === 'Q') date.setMonth(date.getMonth() + 3 * by);
  else if (unit === 'y') date.setFullYear(date.getFullYear() + by);
  else date.setTime(date.getTime() + by * SPANS[unit]);
}

function round(date, unit, up) {
  if ('hmsms'.includes(unit)) {
    date.setTime(Math.floor(date.getTime() / SPANS[unit]) * SPANS[unit]);
  } else {
    date.setHours(0, 0, 0, 0);
    if (unit === 'w') date.setDate(date.getDate() - ((date.getDay() + 6) % 7));
    if (unit === 'M') date.setDate(1);
    if (unit === 'Q') date.setMonth(Math.floor(date.getMonth() / 3) * 3, 1);
    if (unit === 'y') date.setMonth(0, 1);
  }
  if (up) {
    shift(date, unit, 1);
    date.setTime(date.getTime() - 1);
  }
}

/** `{ from, to }` in milliseconds. What is no range becomes the last hour. */
export function resolve({ from, to }, now = Date.now()) {
  const start = moment(from, now);
  const end = moment(to, now, true);
  if (start === undefined || end === undefined || end <= start) return { from: now - SPANS.h, to: now };
  return { from: start, to: end };
}

/** Milliseconds of `15s`, `1h30m`, `1d`; `undefined` for what is none. A bare number is seconds. */
export function milliseconds(text) {
  const trimmed = String(text ?? '').trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed) * 1000;
  if (!/^(\d+(\.\d+)?(ms|[smhdwy]))+$/.test(trimmed)) return undefined;
  let sum = 0;
  for (const [, size, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdwy])/g)) {
    sum += Number(size) * (unit === 'y' ? 31_536_000_000 : SPANS[unit]);
  }
  return sum;
}

/** `90000` as `1m30s`: a duration as PromQL takes it. */
export function spell(ms) {
  if (ms < 1000) return `${Math.max(1, Math.round(ms))}ms`;
  let left = Math.round(ms / 1000);
  let out = '';
  for (const [unit, size] of [['d', 86_400], ['h', 3600], ['m', 60], ['s', 1]]) {
    const whole = Math.floor(left / size);
    if (whole) out += `${whole}${unit}`;
    left -= whole * size;
  }
  return out;
}

/** The steps that Grafana rounds an interval to: up to the first, the second. */
const STEPS = [
  [10, 1], [15, 10], [35, 20], [75, 50], [150, 100], [350, 200], [750, 500], [1500, 1000], [3500, 2000], [7500, 5000],
  [12_500, 10_000], [17_500, 15_000], [25_000, 20_000], [45_000, 30_000], [90_000, 60_000], [210_000, 120_000],
  [450_000, 300_000], [750_000, 600_000], [1_050_000, 900_000], [1_500_000, 1_200_000], [2_700_000, 1_800_000],
  [5_400_000, 3_600_000], [9_000_000, 7_200_000], [16_200_000, 10_800_000], [32_400_000, 21_600_000],
  [86_400_000, 43_200_000], [604_800_000, 86_400_000], [1_814_400_000, 604_800_000], [3_628_800_000, 2_592_000_000],
];

/** Milliseconds between two points: the range in at most `points` pieces, rounded, no shorter than `least`. */
export function interval({ from, to }, points, least = 1000) {
  const exact = (to - from) / Math.max(1, points);
  const rounded = STEPS.find(([below]) => exact < below)?.[1] ?? 31_536_000_000;
  return Math.max(rounded, least);
}

/** `$__rate_interval`: so wide that a rate always has two samples. */
export function rateInterval(step, scrape = 15_000) {
  return Math.max(step + scrape, 4 * scrape);
}

/** The words for a range: a quick one's name, or both ends. */
export function name({ from, to }, spanish) {
  const quick = QUICK.find(([start, end]) => start === from && end === to);
  if (quick) return spanish ? quick[2] : quick[3];
  const write = (text, end) => {
    const at = moment(text, Date.now(), end);
    return String(text).startsWith('now') || at === undefined ? String(text) : local(at);
  };
  return `${write(from, false)} – ${write(to, true)}`;
}

const two = (number) => String(number).padStart(2, '0');

/** `2026-11-24 18:40:05` in local time. */
export function local(ms) {
  const date = new Date(ms);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
