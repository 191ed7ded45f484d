// A line of logs taken apart: its level, its message, its fields, its trace.

/** `{ level, message, fields, traceId }`. Lines of JSON and of logfmt are read; others are their own message. */
export function read({ text, labels = {} }) {
  const fields = fromJson(text) ?? fromLogfmt(text) ?? {};
  const pick = (...names) => names.map((name) => fields[name] ?? labels[name]).find((value) => value !== undefined && value !== '');
  const message = pick('message', 'msg', 'event');
  return {
    level: level(pick('level', 'lvl', 'severity', 'detected_level', 'log.level')),
    message: message === undefined || message === null ? text : String(message),
    fields,
    traceId: traceId(pick('trace_id', 'traceId', 'traceID', 'trace.id', 'traceid')),
  };
}

function fromJson(text) {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    return flat(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** `{ a: { b: 1 } }` as `{ 'a.b': 1 }`. */
function flat(value, path = '', out = {}) {
  for (const [key, inner] of Object.entries(value)) {
    const name = path ? `${path}.${key}` : key;
    if (inner && typeof inner === 'object' && !Array.isArray(inner)) flat(inner, name, out);
    else out[name] = Array.isArray(inner) ? JSON.stringify(inner) : inner;
  }
  return out;
}

function fromLogfmt(text) {
  const pairs = [...text.matchAll(/(?:^|\s)([A-Za-z_][\w.-]*)=("(?:[^"\\]|\\.)*"|\S*)/g)];
  if (pairs.length < 2) return undefined;
  return Object.fromEntries(pairs.map(([, key, value]) => [key, value.startsWith('"') ? unquoted(value) : value]));
}

function unquoted(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text.slice(1, -1);
  }
}

const LEVELS = [
  ['critical', /^(crit|fatal|emerg|alert|panic)/],
  ['error', /^(err|e$)/],
  ['warning', /^(warn|w$)/],
  ['info', /^(info|notice|i$)/],
  ['debug', /^(debug|dbg|d$)/],
  ['trace', /^trace/],
];

/** One of six words, or `unknown`. Numbers are pino's. */
export function level(text) {
  const lower = String(text ?? '').toLowerCase();
  if (/^\d+$/.test(lower)) {
    return ['trace', 'debug', 'info', 'warning', 'error', 'critical'][Math.floor(Number(lower) / 10) - 1] ?? 'unknown';
  }
  return LEVELS.find(([, pattern]) => pattern.test(lower))?.[0] ?? 'unknown';
}

function traceId(value) {
  return /^[\da-f]{16,32}$/i.test(String(value ?? '')) ? String(value) : undefined;
}
