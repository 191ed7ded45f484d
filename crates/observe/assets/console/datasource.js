// Which of the console's data sources a dashboard means.
import { interpolate } from './variables.js';

/** By the type that Grafana gives it. */
const BY_TYPE = { prometheus: 'prometheus', loki: 'loki', jaeger: 'jaeger', alertmanager: 'alertmanager', 'camptocamp-prometheus-alertmanager-datasource': 'alertmanager' };

/** `prometheus`, `loki`, `jaeger`, `alertmanager`; `mixed` for a panel whose queries say themselves; `undefined` for what is not here. */
export function sourceOf(datasource, scope = {}) {
  if (datasource === null || datasource === undefined || datasource === '') return 'prometheus';
  if (typeof datasource === 'string') return byName(interpolate(datasource, scope));
  const uid = interpolate(datasource.uid ?? '', scope);
  if (uid === '-- Mixed --' || datasource.type === 'mixed') return 'mixed';
  if (datasource.type === 'datasource' || datasource.type === '__expr__' || uid === '__expr__') return undefined;
  if (datasource.type) return BY_TYPE[datasource.type];
  return byName(uid);
}

function byName(name) {
  if (name === '-- Mixed --') return 'mixed';
  if (name.startsWith('-- ')) return undefined;
  const lower = name.toLowerCase();
  return Object.values(BY_TYPE).find((source) => lower.includes(source)) ?? 'prometheus';
}
