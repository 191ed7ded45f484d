// Short words for states and spans of time.
import { h } from './dom.js';
import { t } from './texts.js';
import { format } from './units.js';

/** `hace 5 min`. */
export function ago(ms, now = Date.now()) {
  const seconds = Math.max(0, (now - ms) / 1000);
  const text = span(seconds);
  return t(`hace ${text}`, `${text} ago`);
}

/** Seconds in one unit: `45 s`, `12 min`, `3 h`, `2 d`. */
export function span(seconds) {
  if (seconds < 1) return format(seconds, 's', 0);
  const [size, unit] = [[86_400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']].find(([one]) => seconds >= one);
  return `${Math.round(seconds / size)} ${unit}`;
}

const TONES = {
  firing: 'bad', pending: 'warn', inactive: 'good', active: 'bad', suppressed: 'soft', unprocessed: 'warn', expired: 'soft',
  up: 'good', down: 'bad', unknown: 'soft', critical: 'bad', error: 'bad', warning: 'warn', info: 'soft', none: 'soft',
};

const WORDS = {
  firing: ['disparada', 'firing'], pending: ['pendiente', 'pending'], inactive: ['en calma', 'inactive'],
  active: ['activa', 'active'], suppressed: ['silenciada', 'suppressed'], unprocessed: ['sin procesar', 'unprocessed'], expired: ['vencido', 'expired'],
  up: ['arriba', 'up'], down: ['caído', 'down'], unknown: ['sin saber', 'unknown'],
};

/** A state as a coloured word. The word says it, the colour helps. */
export function state(name, text) {
  const words = WORDS[name];
  return h('span', { class: `state ${TONES[name] ?? 'soft'}` }, text ?? (words ? t(...words) : name));
}
