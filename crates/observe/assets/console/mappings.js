// Words for values: Grafana's value mappings, new and old.

/** `{ text, color }` of the first mapping that fits, or `undefined`. */
export function mapped(value, mappings) {
  for (const mapping of mappings ?? []) {
    const found = one(value, mapping);
    if (found) return { text: found.text, color: found.color, index: found.index };
  }
  return undefined;
}

function one(value, { type, options, ...old }) {
  switch (type) {
    case 'value':
      return Object.hasOwn(options ?? {}, String(value)) ? options[String(value)] : undefined;
    case 'range': {
      const from = options?.from ?? -Infinity;
      const to = options?.to ?? Infinity;
      return typeof value === 'number' && value >= from && value <= to ? options.result : undefined;
    }
    case 'regex':
      return matching(value, options);
    case 'special':
      return special(value, options?.match) ? options.result : undefined;
    case 1:
      return value !== null && String(value) === String(old.value) ? { text: old.text } : undefined;
    case 2:
      return typeof value === 'number' && value >= Number(old.from) && value <= Number(old.to) ? { text: old.text } : undefined;
    default:
      return undefined;
  }
}

function matching(value, options) {
  if (value === null || value === undefined) return undefined;
  const literal = /^\/([\s\S]*)\/([imsu]*)$/.exec(options?.pattern ?? '');
  let pattern;
  try {
    pattern = literal ? new RegExp(literal[1], literal[2]) : new RegExp(options.pattern);
  } catch {
    return undefined;
  }
  const text = String(value);
  if (!pattern.test(text)) return undefined;
  const { result } = options;
  return { ...result, text: result?.text === undefined ? undefined : text.replace(pattern, result.text) };
}

function special(value, match) {
  const missing = value === null || value === undefined;
  const nan = Number.isNaN(value);
  return (
    (match === 'null' && missing) ||
    (match === 'nan' && nan) ||
    (match === 'null+nan' && (missing || nan)) ||
    (match === 'empty' && value === '') ||
    (match === 'true' && (value === true || value === 'true')) ||
    (match === 'false' && (value === false || value === 'false'))
  );
}
