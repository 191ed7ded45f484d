// Variables in texts: `$name`, `${name:format}`, `[[name]]`, and the built-in ones. Pure: what a variable's values are is asked elsewhere
// (variable-values.js).

/** `All`, as addresses and dashboards write it. */
export const ALL = '$__all';

const REFERENCE = /\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:}]+))?(?::([^}]+))?\}/g;

/** A text as a regular expression that matches it alone, escaped for the quotes of PromQL and LogQL as well. */
export function escapeRegex(text) {
  return String(text).replace(/[\\^$*+?.()|[\]{}]/g, '\\\\$&');
}

function plainRegex(text) {
  return String(text).replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&');
}

const FORMATS = {
  raw: (values) => (values.length === 1 ? values[0] : `{${values.join(',')}}`),
  glob: (values) => (values.length === 1 ? values[0] : `{${values.join(',')}}`),
  csv: (values) => values.join(','),
  pipe: (values) => values.join('|'),
  regex: (values) => {
    const escaped = values.map(plainRegex);
    return escaped.length === 1 ? escaped[0] : `(${escaped.join('|')})`;
  },
  json: (values, many) => JSON.stringify(many ? values : values[0]),
  singlequote: (values) => values.map((value) => `'${value.replaceAll("'", "\\'")}'`).join(','),
  doublequote: (values) => values.map((value) => `"${value.replaceAll('"', '\\"')}"`).join(','),
  sqlstring: (values) => values.map((value) => `'${value.replaceAll("'", "''")}'`).join(','),
  percentencode: (values) => encodeURIComponent(FORMATS.glob(values)),
  uriencode: (values) => encodeURI(FORMATS.glob(values)),
  queryparam: (values, many, name) => values.map((value) => `var-${name}=${encodeURIComponent(value)}`).join('&'),
  text: (values, many, name, variable) => textOf(variable),
  distributed: (values, many, name) => values.map((value, at) => (at ? `${name}=${value}` : value)).join(','),
};

/** How a query language takes the values of a variable without a format: several as an alternative of escaped texts. */
function forQuery(values, variable) {
  if (!variable.multi && !variable.includeAll) return String(values[0] ?? '').replace(/\\/g, '\\\\').replace(/'/g, "\\\\'");
  const escaped = values.map(escapeRegex);
  return escaped.length === 1 ? escaped[0] : `(${escaped.join('|')})`;
}

/** The values a variable stands for: those chosen, or all that there are. */
export function valuesOf(variable) {
  const chosen = [variable.value ?? []].flat();
  if (!chosen.includes(ALL)) return chosen.map(String);
  return (variable.options ?? []).map((option) => String(option.value)).filter((value) => value !== ALL);
}

/** What is shown for what was chosen. */
export function textOf(variable) {
  const chosen = [variable.value ?? []].flat();
  if (chosen.includes(ALL)) return 'All';
  const text = (value) => (variable.options ?? []).find((option) => String(option.value) === String(value))?.text ?? value;
  return chosen.map(text).join(' + ');
}

/** A scope: variables by name, and built-in values as plain texts. `query`: into a query; `shown`: into a title. */
export function interpolate(text, scope, { query = false, shown = false } = {}) {
  if (typeof text !== 'string') return text;
  return text.replace(REFERENCE, (whole, bare, square, squareFormat, braced, field, format) => {
    const name = bare ?? square ?? braced;
    const variable = scope[name];
    if (variable === undefined) return whole;
    if (typeof variable !== 'object' || variable === null) return String(variable);
    if (field === 'text' || (shown && !format && !squareFormat)) return textOf(variable);
    // An own text for All is taken as it is: whoever wrote it knows the query.
    if ([variable.value].flat().includes(ALL) && variable.allValue) return variable.allValue;
    const values = valuesOf(variable);
    const how = (format ?? squareFormat)?.split(':')[0];
    if (how) return (FORMATS[how] ?? FORMATS.glob)(values, Array.isArray(variable.value) && variable.multi, name, variable);
    return query ? forQuery(values, variable) : FORMATS.glob(values);
  });
}

/** The names that a text refers to. */
export function references(text) {
  const names = [...String(text ?? '').matchAll(REFERENCE)].map((match) => match[1] ?? match[2] ?? match[4]);
  return new Set(names);
}

/** Variables in an order in which each comes after those that its definition names. Circles stay as they are. */
export function ordered(variables) {
  const byName = new Map(variables.map((variable) => [variable.name, variable]));
  const done = new Set();
  const out = [];
  const visit = (variable, above) => {
    if (done.has(variable.name) || above.has(variable.name)) return;
    for (const name of references(JSON.stringify([variable.query, variable.definition, variable.regex, variable.datasource]))) {
      if (byName.has(name)) visit(byName.get(name), new Set(above).add(variable.name));
    }
    if (done.has(variable.name)) return;
    done.add(variable.name);
    out.push(variable);
  };
  for (const variable of variables) visit(variable, new Set());
  return out;
}

/** What a query variable asks Prometheus: `{ kind, … }`. */
export function parseQuery(text) {
  const query = String(text ?? '').trim();
  const call = (name) => new RegExp(`^${name}\\(([\\s\\S]*)\\)\\s*$`).exec(query)?.[1]?.trim();
  const names = call('label_names');
  if (names !== undefined) return { kind: 'label_names', match: names };
  const values = call('label_values');
  if (values !== undefined) {
    const at = values.lastIndexOf(',');
    if (at < 0) return { kind: 'label_values', label: values };
    return { kind: 'label_values', match: values.slice(0, at).trim(), label: values.slice(at + 1).trim() };
  }
  const metrics = call('metrics');
  if (metrics !== undefined) return { kind: 'metrics', regex: metrics };
  const result = call('query_result');
  if (result !== undefined) return { kind: 'query_result', expr: result };
  return { kind: 'series', match: query };
}

/** A sample of `query_result` as one line of text: `name{a="b"} 1 1700000000000`. */
export function sampleText({ metric, value: [time, value] }) {
  const { __name__: name = '', ...labels } = metric;
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${text}"`);
  return `${name}{${pairs.join(',')}} ${value} ${Math.round(time * 1000)}`;
}

/** Applies a variable's `/regex/`: texts that it does not match go, a group takes its part; groups named `text` and `value` take both. */
export function filtered(texts, regex) {
  const options = texts.map((text) => ({ text, value: text }));
  if (!regex) return unique(options);
  const literal = /^\/([\s\S]*)\/([gimsuy]*)$/.exec(regex);
  const pattern = literal ? new RegExp(literal[1], literal[2].replace('g', '')) : new RegExp(`^${regex}$`);
  const found = options.flatMap(({ text }) => {
    const match = pattern.exec(text);
    if (!match) return [];
    const { text: shown, value } = match.groups ?? {};
    if (shown !== undefined || value !== undefined) return [{ text: shown ?? value, value: value ?? shown }];
    const part = match.slice(1).find((group) => group !== undefined) ?? text;
    return [{ text: part, value: part }];
  });
  return unique(found);
}

function unique(options) {
  const seen = new Set();
  return options.filter(({ value }) => !seen.has(value) && seen.add(value));
}

/** Grafana's seven orders: none, by alphabet, by number, by alphabet whatever the case; each up and down; natural. */
export function sorted(options, order) {
  const kind = Math.ceil((order || 0) / 2);
  if (!kind) return options;
  const firstNumber = ({ text }) => Number(/(\d+)/.exec(text)?.[1] ?? -1);
  const compare = [
    undefined,
    (a, b) => (a.text < b.text ? -1 : Number(a.text > b.text)),
    (a, b) => firstNumber(a) - firstNumber(b),
    (a, b) => a.text.toLowerCase().localeCompare(b.text.toLowerCase()),
    (a, b) => a.text.localeCompare(b.text, undefined, { numeric: true }),
  ][kind];
  const out = [...options].sort(compare);
  return order % 2 === 0 ? out.reverse() : out;
}

/** The options of a custom variable: `a, b : 2` with `\,` for a comma of its own. */
export function customOptions(query) {
  return [...String(query ?? '').matchAll(/(?:\\,|[^,])+/g)]
    .map(([part]) => part.replaceAll('\\,', ',').trim())
    .filter(Boolean)
    .map((part) => {
      const pair = /^(.+?)\s:\s(.+)$/.exec(part);
      return pair ? { text: pair[1].trim(), value: pair[2].trim() } : { text: part, value: part };
    });
}
