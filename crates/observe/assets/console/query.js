// What a panel's queries answer: series, tables' material, lines of logs, exemplars; and what went wrong, query by query.
import { sources } from './api.js';
import { sourceOf } from './datasource.js';
import { fromMatrix, fromVector } from './frames.js';
import * as loki from './loki.js';
import * as prometheus from './prometheus.js';
import { t } from './texts.js';
import { interval, milliseconds, moment, rateInterval, spell } from './timerange.js';
import { interpolate } from './variables.js';

/** Prometheus refuses more points of a series. */
const MOST_POINTS = 11_000;
/** The seed's interval of scraping; what Grafana's provisioning says too. */
export const SCRAPE_MS = 15_000;
/** Lines of a panel of logs. */
const MOST_LINES = 500;

/** The built-in values that depend on the range and the step alone. */
export function builtins({ from, to }, step) {
  const range = Math.max(1000, to - from);
  return {
    __interval: spell(step),
    __interval_ms: String(step),
    __rate_interval: spell(rateInterval(step, SCRAPE_MS)),
    __rate_interval_ms: String(rateInterval(step, SCRAPE_MS)),
    __range: `${Math.round(range / 1000)}s`,
    __range_s: String(Math.round(range / 1000)),
    __range_ms: String(range),
    __from: String(from),
    __to: String(to),
    __auto: spell(Math.max(range, 1000)),
  };
}

/** Grafana's own range for one panel: `timeFrom` is another width, `timeShift` another time. */
export function panelRange({ timeFrom, timeShift }, { from, to }, scope) {
  const shifted = timeShift ? moment(`now-${interpolate(timeShift, scope)}`, to) : to;
  const end = shifted ?? to;
  const width = timeFrom ? milliseconds(interpolate(timeFrom, scope)) : undefined;
  return { from: width ? end - width : end - (to - from), to: end };
}

/** `{ series, logs, exemplars, errors, range, step }` of a panel; `errors` are `{ refId, message }`. `width` in pixels. */
export async function run(panel, { range, scope, width, signal }) {
  const own = panelRange(panel, range, scope);
  const out = { series: [], logs: undefined, exemplars: [], errors: [], warnings: [], range: own };
  const targets = (panel.targets ?? []).filter((target) => !target.hide);
  const answers = targets.map((target, at) => one(target, at, panel, own, scope, width, signal));
  for (const [at, answer] of (await Promise.allSettled(answers)).entries()) {
    const refId = targets[at].refId ?? String.fromCharCode(65 + at);
    if (answer.status === 'rejected') {
      if (answer.reason?.name === 'AbortError') throw answer.reason;
      out.errors.push({ refId, message: answer.reason?.message ?? String(answer.reason) });
      continue;
    }
    const { series = [], logs, exemplars = [], warnings = [], step } = answer.value;
    out.series.push(...series.map((found) => ({ ...found, target: targets[at] })));
    if (logs) out.logs = [...(out.logs ?? []), ...logs];
    out.exemplars.push(...exemplars);
    out.warnings.push(...warnings);
    out.step ??= step;
  }
  return out;
}

function one(target, at, panel, range, scope, width, signal) {
  const own = target.datasource ? sourceOf(target.datasource, scope) : undefined;
  const source = own && own !== 'mixed' ? own : sourceOf(target.datasource && !own ? target.datasource : panel.datasource, scope);
  const withId = { refId: String.fromCharCode(65 + at), ...target };
  if (source === 'prometheus') return fromPrometheus(withId, panel, range, scope, width, signal);
  if (source === 'loki' && !sources().has('loki')) throw missing('Loki');
  if (source === 'loki') return fromLoki(withId, panel, range, scope, width, signal);
  return Promise.reject(missing(source ?? nameOf(target.datasource ?? panel.datasource)));
}

const nameOf = (datasource) => (typeof datasource === 'string' ? datasource : (datasource?.type ?? datasource?.uid ?? '?'));

function missing(name) {
  return new Error(t(`la consola no consulta la fuente de datos ${name}`, `the console does not query the data source ${name}`));
}

/** Milliseconds between two points of a query. */
function stepOf(target, panel, range, scope, width) {
  const text = interpolate(target.interval || panel.interval || '', { ...scope, ...builtins(range, 1000) }).replace(/^>=?\s*/, '');
  const least = milliseconds(text) ?? (sourceOf(target.datasource ?? panel.datasource, scope) === 'prometheus' ? SCRAPE_MS : 1000);
  const points = Math.min(panel.maxDataPoints || Math.max(50, Math.round(width)), MOST_POINTS);
  const step = interval(range, points, least) * (target.intervalFactor > 1 ? target.intervalFactor : 1);
  return Math.max(step, Math.ceil((range.to - range.from) / MOST_POINTS));
}

async function fromPrometheus(target, panel, range, scope, width, signal) {
  const step = stepOf(target, panel, range, scope, width);
  const filledIn = { ...scope, ...builtins(range, step) };
  const expr = interpolate(target.expr ?? '', filledIn, { query: true });
  if (!expr.trim()) return {};
  const named = { ...target, legendFormat: interpolate(target.legendFormat ?? '', filledIn), fallback: expr };
  if (target.instant && !target.range) {
    const answer = await prometheus.instant(expr, range.to / 1000, { signal });
    return { series: tagged(instantSeries(answer, named), { instant: true, expr }), warnings: answer.warnings, step };
  }
  // On the step's own beat, so that the same question gives the same points a moment later.
  const seconds = step / 1000;
  const span = { start: Math.floor(range.from / step) * seconds, end: Math.floor(range.to / step) * seconds, step: seconds };
  const [answer, found] = await Promise.all([
    prometheus.range(expr, span, { signal }),
    // Exemplars are an extra: without them the chart is still whole.
    target.exemplar ? prometheus.exemplars(expr, span, { signal }).catch(() => []) : [],
  ]);
  return { series: tagged(fromMatrix(answer.result, span, named), { expr }), exemplars: found, warnings: answer.warnings, step };
}

const tagged = (series, more) => series.map((one) => ({ ...one, ...more }));

function instantSeries(answer, target) {
  if (answer.resultType !== 'matrix') return fromVector(answer, target);
  const flat = answer.result.map(({ metric, values }) => ({ metric, value: values.at(-1) }));
  return fromVector({ resultType: 'vector', result: flat }, target);
}

async function fromLoki(target, panel, range, scope, width, signal) {
  const step = stepOf(target, { ...panel, datasource: { type: 'loki' } }, range, scope, width);
  const filledIn = { ...scope, ...builtins(range, step) };
  const expr = interpolate(target.expr ?? '', filledIn, { query: true });
  if (!expr.trim()) return {};
  const named = { ...target, legendFormat: interpolate(target.legendFormat ?? '', filledIn), fallback: expr };
  if (target.queryType === 'instant' || target.instant) {
    const answer = await loki.instant(expr, range.to, { signal });
    return { series: tagged(fromVector(answer, named), { instant: true, expr }), step };
  }
  const limit = Number(target.maxLines) || MOST_LINES;
  const start = Math.floor(range.from / step) * step;
  const end = Math.floor(range.to / step) * step;
  const logs = !/^\s*(\w+\s*(by|without)?\s*\(|\d|\()/.test(expr);
  const asked = logs ? { start: range.from, end: range.to } : { start, end };
  const answer = await loki.range(expr, { ...asked, step: step / 1000, limit, direction: target.direction ?? 'backward' }, { signal });
  if (answer.resultType === 'streams') return { logs: loki.lines(answer.result), step };
  return { series: tagged(fromMatrix(answer.result, { start: start / 1000, end: end / 1000, step: step / 1000 }, named), { expr }), step };
}
