// Rules that alert, with what they found; and what Alertmanager makes of it.
import { sources } from '../api.js';
import * as alertmanager from '../alertmanager.js';
import { failure, h, replace } from '../dom.js';
import { every } from '../every.js';
import { number, rules } from '../prometheus.js';
import { silenceDialog } from '../silence-dialog.js';
import { safe } from '../markdown.js';
import { t } from '../texts.js';
import { format } from '../units.js';
import { ago, span, state } from '../words.js';

const ORDER = { firing: 0, pending: 1, inactive: 2 };

export async function show(place) {
  const list = h('div');
  const filters = ['firing', 'pending', 'inactive'].map((name) => [name, h('input', { type: 'checkbox', checked: true })]);
  const find = h('input', { type: 'search', 'aria-label': t('Buscar', 'Search'), placeholder: t('Alerta o etiqueta', 'Alert or label') });
  let data = { groups: [], managed: [] };
  const opened = new Set();
  const draw = () => {
    const wanted = new Set(filters.filter(([, box]) => box.checked).map(([name]) => name));
    const text = find.value.toLowerCase();
    const all = data.groups.flatMap((group) => group.rules.filter((rule) => rule.type === 'alerting').map((rule) => ({ ...rule, group: group.name })));
    const shown = all.filter((rule) => wanted.has(rule.state) && JSON.stringify([rule.name, rule.labels, rule.alerts]).toLowerCase().includes(text));
    shown.sort((a, b) => ORDER[a.state] - ORDER[b.state] || a.name.localeCompare(b.name));
    for (const [name, box] of filters) {
      const count = all.filter((rule) => rule.state === name).length;
      replace(box.parentElement, box, state(name), ` ${count}`);
    }
    replace(list, shown.map((rule) => ruleView(rule, data.managed, opened, refresh)), shown.length ? null : h('p', { class: 'empty' }, t('Ninguna', 'None')));
  };
  const refresh = async () => {
    try {
      const [groups, managed] = await Promise.all([rules(), sources().has('alertmanager') ? alertmanager.alerts().catch(() => undefined) : undefined]);
      data = { groups, managed };
      // What somebody is writing or reading in stays.
      if (!list.contains(document.activeElement)) draw();
    } catch (error) {
      replace(list, failure(error));
    }
  };
  const bar = h('div', { class: 'toolbar' }, find, h('div', { class: 'actions' }, filters.map(([, box]) => h('label', null, box))));
  for (const [, box] of filters) box.addEventListener('change', draw);
  find.addEventListener('input', draw);
  replace(place, bar, list);
  await every(10_000, refresh);
  draw();
}

function ruleView(rule, managed, opened, refresh) {
  const key = `${rule.group}/${rule.name}/${rule.query}`;
  const details = h(
    'details',
    { class: 'card rule', open: opened.has(key) || rule.state === 'firing' },
    h('summary', null, state(rule.state), h('strong', null, rule.name), rule.labels.severity ? state(rule.labels.severity) : null, h('span', { class: 'soft' }, rule.alerts.length ? `× ${rule.alerts.length}` : '', rule.health === 'err' ? state('error', t('no se pudo evaluar', 'could not be evaluated')) : '')),
    rule.lastError ? h('p', { class: 'notice bad' }, rule.lastError) : null,
    h('p', null, h('code', null, rule.query), rule.duration ? t(` durante ${span(rule.duration)}`, ` for ${span(rule.duration)}`) : '', ' ', h('a', { href: `/explore?${new URLSearchParams({ query: rule.query })}` }, t('explorar', 'explore'))),
    rule.alerts.map((alert) => alertView(alert, managed, refresh)),
    rule.alerts.length ? null : h('p', { class: 'soft' }, rule.annotations.summary ?? ''),
    h('p', { class: 'soft' }, t(`Grupo ${rule.group}`, `Group ${rule.group}`), rule.lastEvaluation?.startsWith('0001') ? '' : ` · ${ago(Date.parse(rule.lastEvaluation))} · ${format(rule.evaluationTime, 's')}`),
  );
  details.addEventListener('toggle', () => (details.open ? opened.add(key) : opened.delete(key)));
  return details;
}

function alertView(alert, managed, refresh) {
  const { labels, annotations, value, activeAt } = alert;
  const theirs = managed?.find((one) => Object.entries(labels).every(([name, text]) => one.labels[name] === text));
  const silenced = theirs?.status.silencedBy?.length;
  const links = Object.entries(annotations).filter(([, text]) => /^(https?:\/\/|\/)/.test(text) && safe(text));
  return h(
    'div',
    { class: 'alert' },
    h('div', { class: 'spread' }, h('span', null, state(alert.state), ' ', silenced ? state('suppressed', t('silenciada', 'silenced')) : theirs?.status.inhibitedBy?.length ? state('suppressed', t('inhibida', 'inhibited')) : null), h('span', { class: 'soft' }, ago(Date.parse(activeAt)))),
    annotations.summary ? h('p', null, annotations.summary) : null,
    annotations.description ? h('p', { class: 'soft' }, annotations.description) : null,
    h('div', { class: 'tags' }, Object.entries(labels).map(([name, text]) => h('span', { class: 'tag' }, `${name}=${text}`)), h('span', { class: 'tag' }, `${t('valor', 'value')} ${format(number(value), 'none')}`)),
    h(
      'p',
      { class: 'actions' },
      links.map(([name, href]) => h('a', { class: 'button', href: local(href), rel: 'noopener noreferrer' }, LINKS[name] ? t(...LINKS[name]) : name)),
      sources().has('alertmanager') && !silenced ? h('button', { type: 'button', onclick: () => silenceDialog({ labels, done: refresh }) }, t('Silenciar', 'Silence')) : null,
    ),
  );
}

const LINKS = {
  runbook_url: ['Qué hacer', 'Runbook'],
  runbook: ['Qué hacer', 'Runbook'],
  dashboard: ['Tablero', 'Dashboard'],
  dashboard_url: ['Tablero', 'Dashboard'],
};

/** The console under another name of this machine is still this console. */
function local(href) {
  const url = new URL(href, location.href);
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return loopback && /^\/(d|runbooks|alerts|explore)\b/.test(url.pathname) ? url.pathname + url.search + url.hash : url.href;
}
