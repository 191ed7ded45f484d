// Alertmanager's API, version 2.
import { get, json, address } from './api.js';

const SOURCE = 'alertmanager';

export function alerts(options) {
  return get(SOURCE, 'api/v2/alerts', undefined, options);
}

export function silences(options) {
  return get(SOURCE, 'api/v2/silences', undefined, options);
}

/** Makes a silence, or changes the one whose `id` it has. */
export function silence(silence) {
  const headers = { 'content-type': 'application/json' };
  return json(address(SOURCE, 'api/v2/silences'), { method: 'POST', headers, body: JSON.stringify(silence) });
}

export function expire(id) {
  return json(address(SOURCE, `api/v2/silence/${encodeURIComponent(id)}`), { method: 'DELETE' });
}

/** `name="value"`, as matchers are written. */
export function matcherText({ name, value, isRegex, isEqual = true }) {
  return `${name}${isEqual ? '=' : '!'}${isRegex ? '~' : isEqual ? '' : '='}${JSON.stringify(value)}`;
}
