// How a key figure stands, by the table of the shop's KPIs (crates/units/src/kpi.rs).
import { t } from './texts.js';
import { fixed } from './units.js';

/** `{ tone, words }` of a value; no value is neither good nor bad. */
export function standing({ good, target, threshold }, value) {
  if (value === undefined || value === null || Number.isNaN(value)) return { tone: 'soft', words: t('sin datos', 'no data') };
  const above = good === 'above';
  if (above ? value < threshold : value > threshold) return { tone: 'bad', words: t('en alerta', 'alerting') };
  if (above ? value >= target : value < target) return { tone: 'good', words: t('en la meta', 'on target') };
  return { tone: 'warn', words: t('fuera de la meta', 'off target') };
}

/** `99.98 %`, `38 ms`, `1.2 s`. */
export function kpiText({ unit }, value) {
  if (value === undefined || value === null || Number.isNaN(value)) return '–';
  const digits = (number) => String(Number(fixed(number, 2)));
  if (unit === 'share') return `${digits(value * 100)} %`;
  return Math.abs(value) < 1 ? `${digits(value * 1000)} ms` : `${digits(value)} s`;
}
