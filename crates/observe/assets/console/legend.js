// What a series is called.

/** `{{ label }}` filled in; a label that is not there is empty, as in Grafana. */
export function filled(format, labels) {
  return format.replace(/\{\{\s*([^}]+?)\s*\}\}/g, (whole, name) => labels[name] ?? '');
}

/** `name{a="b"}`. */
export function full(labels) {
  const { __name__: name = '', ...rest } = labels;
  const pairs = Object.entries(rest).map(([key, value]) => `${key}="${value}"`);
  return pairs.length || !name ? `${name}{${pairs.join(', ')}}` : name;
}

/** The names of the series of one query. `__auto` and nothing: what tells them apart. */
export function names(all, format, fallback) {
  if (format && format !== '__auto') return all.map((labels) => filled(format, labels) || fallback || full(labels));
  if (format === '__auto') return automatic(all, fallback);
  return all.map((labels) => (Object.keys(labels).length ? full(labels) : (fallback ?? '{}')));
}

function automatic(all, fallback) {
  if (all.length === 1) {
    const [labels] = all;
    return [labels.__name__ || (Object.keys(labels).length ? full(labels) : (fallback ?? 'Value'))];
  }
  const keys = [...new Set(all.flatMap((labels) => Object.keys(labels)))];
  const differing = keys.filter((key) => new Set(all.map((labels) => labels[key])).size > 1);
  if (differing.length === 1) return all.map((labels) => labels[differing[0]] ?? full(labels));
  return all.map((labels) => full(labels));
}
