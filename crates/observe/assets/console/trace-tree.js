// A trace of Jaeger's API as rows of a waterfall. Pure. Times are microseconds.

/** `{ rows, start, duration, services, errors }`; a row is `{ span, depth, service, error, children, parent }` in reading order. */
export function treeOf({ spans, processes }) {
  const byId = new Map();
  for (const span of spans) if (!byId.has(span.spanID)) byId.set(span.spanID, { span, children: [], service: processes[span.processID]?.serviceName ?? '?', error: isError(span) });
  const roots = [];
  for (const node of byId.values()) {
    const parent = byId.get(parentOf(node.span));
    // A span that says it is its own ancestor is one without a parent.
    if (parent && parent !== node && !descends(parent, node, byId)) {
      parent.children.push(node);
      node.parent = parent;
    } else roots.push(node);
  }
  const byStart = (a, b) => a.span.startTime - b.span.startTime || b.span.duration - a.span.duration;
  const rows = [];
  const stack = roots.sort(byStart).reverse().map((node) => [node, 0]);
  while (stack.length) {
    const [node, depth] = stack.pop();
    node.depth = depth;
    rows.push(node);
    for (const child of node.children.sort(byStart).reverse()) stack.push([child, depth + 1]);
  }
  const start = rows.reduce((least, { span }) => Math.min(least, span.startTime), Infinity);
  const end = rows.reduce((most, { span }) => Math.max(most, span.startTime + span.duration), -Infinity);
  return {
    rows,
    start,
    duration: end - start,
    services: [...new Set(rows.map(({ service }) => service))],
    errors: rows.filter(({ error }) => error).length,
  };
}

export function parentOf({ references = [], parentSpanID }) {
  return references.find(({ refType }) => refType === 'CHILD_OF')?.spanID ?? references[0]?.spanID ?? parentSpanID;
}

function descends(node, ancestor, byId) {
  const seen = new Set();
  for (let at = node; at && !seen.has(at); at = byId.get(parentOf(at.span))) {
    if (at === ancestor) return true;
    seen.add(at);
  }
  return false;
}

/** `error=true`, or OpenTelemetry's status. */
export function isError({ tags = [] }) {
  return tags.some(({ key, value }) => (key === 'error' && String(value) === 'true') || (key === 'otel.status_code' && value === 'ERROR'));
}

/** The rows that are shown while some are closed. */
export function visible(rows, closed) {
  const hidden = new Set();
  return rows.filter((row) => {
    if (row.parent && (hidden.has(row.parent) || closed.has(row.parent.span.spanID))) {
      hidden.add(row);
      return false;
    }
    return true;
  });
}

/** `a=b c="d e"` as an object; `undefined` for what is not written so. */
export function parseTags(text) {
  const out = {};
  let rest = text.trim();
  while (rest) {
    const match = /^([^\s=]+)=("(?:[^"\\]|\\.)*"|\S*)\s*/.exec(rest);
    if (!match) return undefined;
    out[match[1]] = match[2].startsWith('"') ? JSON.parse(match[2]) : match[2];
    rest = rest.slice(match[0].length);
  }
  return out;
}
