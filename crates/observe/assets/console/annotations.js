// Events drawn over charts, out of queries: which alerts fired when, when a release began.
import { css } from './colors.js';
import { sourceOf } from './datasource.js';
import { filled } from './legend.js';
import * as loki from './loki.js';
import * as prometheus from './prometheus.js';
import { interval, milliseconds } from './timerange.js';
import { builtins } from './query.js';
import { interpolate } from './variables.js';

/** Most marks of a chart. */
const MOST = 100;

/** `[{ time, end, text, color }]`, times in milliseconds, of what a dashboard's annotations find; and their errors. */
export async function load(list, { range, scope, signal }) {
  const wanted = (list ?? []).filter((annotation) => annotation.enable !== false && !annotation.builtIn);
  const answers = await Promise.allSettled(wanted.map((annotation) => one(annotation, range, scope, signal)));
  const errors = answers.flatMap((answer, at) => (answer.status === 'rejected' && answer.reason?.name !== 'AbortError' ? [`${wanted[at].name}: ${answer.reason.message}`] : []));
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  return { marks: found.sort((a, b) => b.time - a.time).slice(0, MOST), errors };
}

async function one(annotation, range, scope, signal) {
  const source = sourceOf(annotation.datasource, scope);
  const text = annotation.expr ?? annotation.target?.expr;
  if (!text) return [];
  const least = milliseconds(annotation.step) ?? 15_000;
  const step = interval(range, 500, least);
  const expr = interpolate(text, { ...scope, ...builtins(range, step) }, { query: true });
  const color = css(annotation.iconColor ?? 'red');
  const words = (labels) => {
    const title = filled(annotation.titleFormat ?? '', labels) || labels.alertname || annotation.name;
    return [title, filled(annotation.textFormat ?? '', labels), tags(annotation.tagKeys, labels)].filter(Boolean).join(' · ');
  };
  if (source === 'loki') {
    const { result } = await loki.range(expr, { start: range.from, end: range.to, limit: MOST }, { signal });
    return loki.lines(result).map((line) => ({ time: line.time, end: line.time, text: `${annotation.name}: ${line.text}`, color }));
  }
  if (source !== 'prometheus') throw new Error(`no data source ${JSON.stringify(annotation.datasource)}`);
  const seconds = step / 1000;
  const span = { start: Math.floor(range.from / step) * seconds, end: Math.floor(range.to / step) * seconds, step: seconds };
  const { result } = await prometheus.range(expr, span, { signal });
  const byValue = annotation.useValueForTime === true || annotation.useValueForTime === 'on';
  return result.flatMap(({ metric, values }) => (byValue ? values.map(([, value]) => ({ time: Number(value), end: Number(value), text: words(metric), color })) : stretches(values, step).map((stretch) => ({ ...stretch, text: words(metric), color }))));
}

/** What went on without a break is one event. Zeros are no event. */
export function stretches(values, step) {
  const out = [];
  for (const [time, value] of values) {
    if (prometheus.number(value) === 0) continue;
    const at = time * 1000;
    const last = out.at(-1);
    if (last && at - last.end <= step * 1.5) last.end = at;
    else out.push({ time: at, end: at });
  }
  return out;
}

function tags(keys, labels) {
  return String(keys ?? '').split(',').map((key) => labels[key.trim()]).filter(Boolean).join(', ');
}
