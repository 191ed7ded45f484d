// What the values of a dashboard's variables are: asked, listed, or typed.
import { sources } from './api.js';
import { sourceOf } from './datasource.js';
import * as loki from './loki.js';
import * as prometheus from './prometheus.js';
import { ALL, customOptions, filtered, interpolate, ordered, parseQuery, sampleText, sorted } from './variables.js';

/** Variables of `list` in their order, each with `options`, `value` and, where asking failed, `error`. `chosen`: values by name, from the address. */
export async function load(list, { chosen, range, builtins, signal }) {
  const scope = { ...builtins };
  const done = new Map();
  for (const definition of ordered(list)) {
    const variable = { ...definition };
    try {
      variable.options = await optionsOf(variable, scope, range, signal);
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      variable.error = error.message;
      variable.options = [];
    }
    if (variable.includeAll && !isTyped(variable)) variable.options = [{ text: 'All', value: ALL }, ...variable.options];
    variable.value = choose(variable, chosen[variable.name]);
    scope[variable.name] = variable;
    done.set(variable.name, variable);
  }
  return list.map(({ name }) => done.get(name)).filter(Boolean);
}

const isTyped = ({ type }) => type === 'textbox' || type === 'constant' || type === 'adhoc';

/** What the address says, what the dashboard was saved with, the first there is. */
function choose(variable, fromAddress) {
  const { options, multi, current } = variable;
  if (isTyped(variable)) return fromAddress?.[0] ?? options[0]?.value ?? '';
  const known = (value) => options.some((option) => String(option.value) === String(value));
  const one = (values) => (multi ? values : values[0]);
  if (fromAddress?.length) {
    const all = fromAddress.map((value) => (value === 'All' && !known('All') ? ALL : value));
    // A value that is not listed (any more) is taken at its word: a link must not show something else.
    return one(all);
  }
  const saved = [current?.value ?? []].flat().filter((value) => known(value));
  if (saved.length) return one(saved.map(String));
  const first = variable.includeAll && multi ? ALL : options[0]?.value;
  return first === undefined ? (multi ? [] : '') : one([first]);
}

async function optionsOf(variable, scope, range, signal) {
  switch (variable.type) {
    case 'custom':
      return customOptions(interpolate(variable.query, scope));
    case 'interval':
      return customOptions(variable.query).map(({ value }) => ({ text: value, value }));
    case 'constant':
      return [{ text: variable.query, value: String(variable.query ?? '') }];
    case 'textbox': {
      const typed = variable.current?.value || variable.query || '';
      return [{ text: typed, value: String(typed) }];
    }
    case 'datasource':
      return datasources(variable);
    case 'query':
      return queried(variable, scope, range, signal);
    case 'adhoc':
      return [];
    default:
      throw new Error(`variables of type ${variable.type} are not supported`);
  }
}

function datasources({ query, regex }) {
  const here = [...sources()].filter((name) => name === query);
  return filtered(here, regex);
}

async function queried(variable, scope, range, signal) {
  const source = sourceOf(variable.datasource, scope);
  const texts = source === 'loki' ? await fromLoki(variable, scope, range, signal) : await fromPrometheus(variable, scope, range, signal);
  return sorted(filtered(texts, interpolate(variable.regex ?? '', scope)), variable.sort);
}

async function fromPrometheus(variable, scope, range, signal) {
  const text = typeof variable.query === 'string' && variable.query ? variable.query : variable.definition;
  const asked = parseQuery(interpolate(text, scope, { query: true }));
  const span = { start: range.from / 1000, end: range.to / 1000 };
  const match = asked.match ? { 'match[]': asked.match } : {};
  switch (asked.kind) {
    case 'label_names':
      return prometheus.labels({ ...match, ...span }, { signal });
    case 'label_values':
      return prometheus.labelValues(asked.label, { ...match, ...span }, { signal });
    case 'metrics': {
      const names = await prometheus.labelValues('__name__', span, { signal });
      return names.filter((name) => new RegExp(asked.regex).test(name));
    }
    case 'query_result': {
      const { result, resultType } = await prometheus.instant(asked.expr, span.end, { signal });
      return resultType === 'vector' ? result.map(sampleText) : [`${result[1]}`];
    }
    default: {
      if (!asked.match) return [];
      const found = await prometheus.series(asked.match, span, { signal });
      return found.map(({ __name__: name = '', ...labels }) => `${name}{${Object.entries(labels).map(([key, value]) => `${key}="${value}"`).join(',')}}`);
    }
  }
}

async function fromLoki({ query, definition }, scope, range, signal) {
  const span = { start: range.from, end: range.to };
  if (query && typeof query === 'object') {
    const { label, stream } = query;
    if (!label) return loki.labels(span, { signal });
    return loki.labelValues(interpolate(label, scope), { ...span, query: stream ? interpolate(stream, scope, { query: true }) : undefined }, { signal });
  }
  const asked = parseQuery(interpolate(query || definition, scope, { query: true }));
  if (asked.kind !== 'label_values') return loki.labels(span, { signal });
  return loki.labelValues(asked.label, { ...span, query: asked.match }, { signal });
}
