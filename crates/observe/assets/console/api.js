// Asking the data sources, all through the console's own origin.

/** A data source that refused, failed or cannot be reached; `message` is what it said. */
export class SourceError extends Error {
  constructor(message, status, type) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

function query(params) {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(params ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== '') out.append(name, String(one));
    }
  }
  return out;
}

/** The address of a path of a data source. */
export function address(source, path, params) {
  const text = query(params).toString();
  return `/api/datasources/${source}/${path}${text ? `?${text}` : ''}`;
}

/** JSON from a data source. */
export function get(source, path, params, options) {
  return json(address(source, path, params), options);
}

/** JSON for a query whose text may be longer than an address should be. */
export function post(source, path, params, options) {
  return json(address(source, path), { ...options, method: 'POST', body: query(params) });
}

/** JSON from the console itself or through it. */
export async function json(url, options = {}) {
  let answer;
  try {
    answer = await fetch(url, { credentials: 'same-origin', ...options });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new SourceError(String(error.message), 0, 'network');
  }
  if (answer.status === 401) {
    const here = location.pathname + location.search;
    location.assign(`/login?next=${encodeURIComponent(here)}`);
    throw new SourceError('401', 401, 'unauthorized');
  }
  const text = await answer.text();
  let body;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    body = undefined;
  }
  if (!answer.ok || body?.status === 'error') {
    throw new SourceError(said(body) ?? (text.slice(0, 500) || `HTTP ${answer.status}`), answer.status, body?.errorType);
  }
  if (body === undefined) throw new SourceError(`no JSON: ${text.slice(0, 200)}`, answer.status, 'bad_answer');
  return body;
}

/** The four peers say what went wrong in four ways. */
function said(body) {
  if (typeof body === 'string') return body;
  return body?.error?.message ?? body?.error ?? body?.message ?? body?.errors?.[0]?.msg;
}

/** The data sources of this console, by name. */
export const sources = () => new Set((document.body.dataset.sources ?? '').split(' '));
