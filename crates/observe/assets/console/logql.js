// LogQL texts made and changed by buttons. Pure.

/** Whether a query answers numbers, not lines. */
export function isMetric(query) {
  return !/^\s*\{/.test(query);
}

/** How many lines a query finds, by level; `undefined` for what is not about lines. */
export function volume(query, step) {
  if (isMetric(query)) return undefined;
  // The level may be in the line only: without it there is one bar.
  return `sum by (level) (count_over_time(${query.trim()} [${step}]))`;
}

/** A query with one more matcher in its selector. */
export function withMatcher(query, name, value, operator = '=') {
  const matcher = `${name}${operator}${JSON.stringify(value)}`;
  const end = closing(query);
  if (end < 0) return `{${matcher}}`;
  const inside = query.slice(query.indexOf('{') + 1, end).trim();
  if (inside.includes(matcher)) return query;
  return `${query.slice(0, query.indexOf('{') + 1)}${inside ? `${inside.replace(/,$/, '')}, ` : ''}${matcher}${query.slice(end)}`;
}

/** The brace that closes the selector, not one inside a string. */
function closing(query) {
  let quote;
  for (let at = query.indexOf('{'); at >= 0 && at < query.length; at += 1) {
    const char = query[at];
    if (quote) {
      if (char === '\\' && quote !== '`') at += 1;
      else if (char === quote) quote = undefined;
    } else if ('"`'.includes(char)) quote = char;
    else if (char === '}') return at;
  }
  return -1;
}

/** A text as a string of LogQL. */
export const quoted = (text) => (text.includes('`') ? JSON.stringify(text) : `\`${text}\``);

/** Lines that contain a text. */
export function containing(query, text) {
  return text ? `${query.trim()} |= ${quoted(text)}` : query;
}
