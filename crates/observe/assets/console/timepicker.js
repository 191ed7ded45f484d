// The range of time and how often to ask anew, in the page's address.
import { h, replace } from './dom.js';
import { spanish, t } from './texts.js';
import { QUICK, local, milliseconds, moment, name, resolve } from './timerange.js';

const REFRESH = ['', '5s', '10s', '15s', '30s', '1m', '5m', '15m'];

/** The parts of the address that say when. */
export function fromAddress(defaults = { from: 'now-1h', to: 'now', refresh: '' }) {
  const params = new URLSearchParams(location.search);
  return {
    from: params.get('from') || defaults.from,
    to: params.get('to') || defaults.to,
    refresh: params.get('refresh') ?? defaults.refresh ?? '',
  };
}

/** Changes parts of the address; `null` takes one out. A new entry in the history unless `quiet`. */
export function setAddress(changes, { quiet = false } = {}) {
  const params = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(changes)) {
    params.delete(key);
    for (const one of [value ?? []].flat()) params.append(key, one);
  }
  const text = params.toString();
  history[quiet ? 'replaceState' : 'pushState'](null, '', `${location.pathname}${text ? `?${text}` : ''}${location.hash}`);
}

/**
 * The picker's elements and state. `changed()` is called when something else is to be shown, `tick()` when only time has passed.
 */
export function timePicker({ defaults, changed, tick = changed }) {
  let state = fromAddress(defaults);
  let timer;
  const label = h('span');
  const panel = h('div', { class: 'popup', hidden: true });
  const button = h('button', { type: 'button', 'aria-expanded': 'false', onclick: () => open(panel.hidden) }, label);
  const refresh = h(
    'select',
    { 'aria-label': t('Actualizar cada', 'Refresh every'), onchange: (event) => set({ refresh: event.target.value }, { quiet: true }) },
    REFRESH.map((text) => h('option', { value: text }, text || t('sin repetir', 'no repeat'))),
  );
  const again = h('button', { type: 'button', 'aria-label': t('Actualizar', 'Refresh'), title: t('Actualizar', 'Refresh'), onclick: () => tick() }, '⟳');
  const element = h('div', { class: 'timepicker' }, button, again, refresh, panel);

  document.addEventListener('click', (event) => {
    if (!panel.hidden && !element.contains(event.target) && event.target.isConnected) open(false);
  });
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !panel.hidden) {
      open(false);
      button.focus();
    }
  });
  addEventListener('popstate', () => {
    state = fromAddress(defaults);
    draw();
    changed();
  });

  function open(now) {
    panel.hidden = !now;
    button.setAttribute('aria-expanded', String(now));
    if (now) fill();
  }

  function fill() {
    const from = h('input', { value: shown(state.from), name: 'from', autocomplete: 'off', spellcheck: 'false' });
    const to = h('input', { value: shown(state.to, true), name: 'to', autocomplete: 'off', spellcheck: 'false' });
    const said = h('p', { class: 'notice bad', hidden: true, role: 'alert' });
    const form = h(
      'form',
      {
        onsubmit: (event) => {
          event.preventDefault();
          const [start, end] = [typed(from.value), typed(to.value)];
          const [low, high] = [moment(start, Date.now()), moment(end, Date.now(), true)];
          if (low === undefined || high === undefined || high <= low) {
            said.hidden = false;
            said.textContent = t('Eso no es un intervalo: use now-1h o 2026-11-24 18:00:00', 'That is no range: use now-1h or 2026-11-24 18:00:00');
            return;
          }
          set({ from: start, to: end });
          open(false);
        },
      },
      h('label', null, t('Desde', 'From'), from),
      h('label', null, t('Hasta', 'To'), to),
      said,
      h('button', { class: 'primary' }, t('Aplicar', 'Apply')),
    );
    const quick = QUICK.map(([start, end, es, en]) =>
      h('li', null, h('button', { type: 'button', 'aria-pressed': String(state.from === start && state.to === end), onclick: () => { set({ from: start, to: end }); open(false); button.focus(); } }, spanish ? es : en)),
    );
    replace(panel, form, h('ul', null, quick));
  }

  function set(changes, options) {
    state = { ...state, ...changes };
    setAddress(Object.fromEntries(Object.entries(changes).map(([key, value]) => [key, value === '' && !defaults?.refresh ? null : value])), options);
    draw();
    if (changes.from || changes.to) changed();
  }

  function draw() {
    label.textContent = name(state, spanish);
    if (!REFRESH.includes(state.refresh)) refresh.append(h('option', { value: state.refresh }, state.refresh));
    refresh.value = state.refresh;
    clearInterval(timer);
    const every = milliseconds(state.refresh);
    if (every) timer = setInterval(() => !document.hidden && tick(), Math.max(every, 1000));
  }

  draw();
  return {
    element,
    get range() {
      return resolve(state);
    },
    get raw() {
      return state;
    },
    set: (range) => set({ from: String(range.from), to: String(range.to) }),
  };
}

const shown = (text, end) => (/^\d+$/.test(text) ? local(moment(text, 0, end)) : text);

/** What was typed, as an address carries it: absolute times as milliseconds. */
function typed(text) {
  const trimmed = text.trim();
  if (trimmed.startsWith('now')) return trimmed;
  const at = moment(trimmed, Date.now());
  return at === undefined ? trimmed : String(at);
}
