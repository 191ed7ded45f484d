// What may stand at a place in a query. Pure: what there is, is asked elsewhere.

/**
 * The place before the caret: `{ kind, prefix, from, label, match }`.
 * `kind`: `value` of `label`, `label`, `word` (a metric, a function, an operator), or `none`. `from`: where `prefix` begins.
 * `match`: a selector without the matcher being written, to ask only for what goes with it.
 */
export function placeAt(text, caret) {
  const before = text.slice(0, caret);
  const { quote, brace, paren } = scan(before);
  if (quote !== undefined) {
    const name = /([A-Za-z_][\w.]*)\s*(?:=~|!~|!=|=)\s*$/.exec(before.slice(0, quote))?.[1];
    if (brace === undefined || !name) return { kind: 'none' };
    return { kind: 'value', label: name, prefix: before.slice(quote + 1), from: quote + 1, match: selector(before, brace, quote) };
  }
  const prefix = /[A-Za-z_:][\w:]*$/.exec(before)?.[0] ?? '';
  const from = caret - prefix.length;
  const left = before.slice(0, from);
  if (brace !== undefined) {
    return /[{,]\s*$/.test(left) ? { kind: 'label', prefix, from, match: selector(before, brace, from) } : { kind: 'none' };
  }
  if (paren !== undefined && /\b(by|without|on|ignoring|group_left|group_right)\s*$/.test(before.slice(0, paren))) {
    return { kind: 'label', prefix, from, match: undefined };
  }
  if (/\[[^\]]*$/.test(left) || /[\d.]$/.test(left)) return { kind: 'none' };
  return { kind: 'word', prefix, from };
}

/** Where the string, the braces and the parenthesis began that are still open. */
function scan(before) {
  const parens = [];
  let brace;
  let quote;
  for (let at = 0; at < before.length; at += 1) {
    const char = before[at];
    if (quote !== undefined) {
      if (char === '\\' && before[quote] !== '`') at += 1;
      else if (char === before[quote]) quote = undefined;
    } else if (char === '"' || char === "'" || char === '`') quote = at;
    else if (char === '{') brace = at;
    else if (char === '}') brace = undefined;
    else if (char === '(') parens.push(at);
    else if (char === ')') parens.pop();
  }
  return { quote, brace, paren: parens.at(-1) };
}

/** The selector so far: the metric before the brace and the whole matchers after it. */
function selector(before, brace, until) {
  const metric = /([A-Za-z_:][\w:]*)\s*$/.exec(before.slice(0, brace))?.[1] ?? '';
  const matchers = [...before.slice(brace + 1, until).matchAll(/[A-Za-z_][\w.]*\s*(?:=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)/g)].map((match) => match[0]);
  if (!metric && !matchers.length) return undefined;
  return matchers.length ? `${metric}{${matchers.join(',')}}` : metric;
}

/** Those that fit, the best first: what begins with the prefix, then what has it inside. */
export function ranked(options, prefix, most = 60) {
  const wanted = prefix.toLowerCase();
  const score = ({ text }) => {
    const at = text.toLowerCase().indexOf(wanted);
    return at < 0 ? undefined : at === 0 ? 0 : 1;
  };
  return options
    .map((option) => ({ option, rank: score(option) }))
    .filter(({ rank }) => rank !== undefined)
    .sort((a, b) => a.rank - b.rank || a.option.text.length - b.option.text.length || a.option.text.localeCompare(b.option.text))
    .slice(0, most)
    .map(({ option }) => option);
}
