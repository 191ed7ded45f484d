// How things stand: the KPIs, what fires, who answers.
import { json, sources } from '../api.js';
import { failure, h, replace } from '../dom.js';
import { every } from '../every.js';
import { number, instant, range, rules, targets } from '../prometheus.js';
import { sparkline } from '../sparkline.js';
import { t } from '../texts.js';
import { kpiText, standing } from '../kpi.js';
import { ago, span, state } from '../words.js';

/** How often this page asks anew. */
const EVERY = 15_000;

export async function show(place) {
  const kpis = h('section', { 'aria-label': 'KPI' });
  const alerts = h('section', { 'aria-label': t('Alertas', 'Alerts') });
  const processes = h('section', { 'aria-label': t('Procesos', 'Processes') });
  const shown = [part(kpis, showKpis), part(alerts, showAlerts), part(processes, showTargets)];
  await every(EVERY, () => Promise.all(shown.map((one) => one())));
  replace(place, kpis, h('div', { class: 'halves' }, alerts, processes));
}

/** A part that cannot be had says why, and the others are shown all the same. */
const part = (into, draw) => async () => {
  try {
    replace(into, await draw());
  } catch (error) {
    replace(into, failure(error));
  }
};

async function showKpis() {
  const table = await json('/api/kpis');
  const now = Date.now() / 1000;
  const selector = `{__name__=~"${table.map((kpi) => kpi.record).join('|')}"}`;
  const [values, courses] = await Promise.all([instant(selector), range(selector, { start: now - 3600, end: now, step: 60 })]);
  const value = (kpi) => {
    const found = values.result.find(({ metric }) => metric.__name__ === kpi.record);
    return found ? number(found.value[1]) : undefined;
  };
  const course = (kpi) => courses.result.find(({ metric }) => metric.__name__ === kpi.record)?.values.map(([time, text]) => [time, number(text)]) ?? [];
  return [
    h('h2', null, t('Indicadores', 'Key figures')),
    h('ul', { class: 'kpis' }, table.map((kpi) => tile(kpi, value(kpi), course(kpi), now))),
  ];
}

function tile(kpi, value, course, now) {
  const { tone, words } = standing(kpi, value);
  const sign = kpi.good === 'above' ? '≥' : '<';
  return h(
    'li',
    { class: `card kpi ${tone}` },
    h('h3', null, t(kpi.name_es, kpi.name_en)),
    h('p', { class: 'figure' }, kpiText(kpi, value)),
    h('p', null, h('span', { class: `state ${tone}` }, words)),
    h('p', { class: 'soft' }, t(`meta ${sign} ${kpiText(kpi, kpi.target)} · en ${kpi.window}`, `target ${sign} ${kpiText(kpi, kpi.target)} · over ${kpi.window}`)),
    course.length > 1 ? sparkline(course, { from: now - 3600, to: now }) : null,
  );
}

async function showAlerts() {
  const groups = await rules();
  const alerting = groups.flatMap((group) => group.rules.filter((rule) => rule.type === 'alerting'));
  const firing = alerting.flatMap((rule) => rule.alerts.map((alert) => ({ ...alert, rule }))).sort((a, b) => (a.state < b.state ? -1 : 1));
  return [
    h('h2', null, h('a', { href: '/alerts' }, t('Alertas', 'Alerts'))),
    firing.length
      ? h('ul', { class: 'plain' }, firing.slice(0, 12).map(alertLine))
      : h('p', { class: 'card' }, state('inactive', t('en calma', 'all quiet')), ' ', t(`Ninguna de ${alerting.length} alertas se dispara.`, `None of ${alerting.length} alerts fires.`)),
    firing.length > 12 ? h('p', null, h('a', { href: '/alerts' }, `+ ${firing.length - 12}`)) : null,
  ];
}

function alertLine({ state: name, labels, annotations, activeAt }) {
  return h(
    'li',
    { class: 'card' },
    h('div', { class: 'spread' }, h('strong', null, labels.alertname), h('span', null, state(name), ' ', labels.severity ? state(labels.severity) : null)),
    annotations.summary ? h('p', null, annotations.summary) : null,
    h('p', { class: 'soft' }, [labels.job, labels.instance].filter(Boolean).join(' · '), ' ', ago(Date.parse(activeAt))),
  );
}

async function showTargets() {
  const { activeTargets } = await targets();
  const down = activeTargets.filter((target) => target.health === 'down');
  const up = activeTargets.filter((target) => target.health === 'up').length;
  return [
    h('h2', null, h('a', { href: '/targets' }, t('Procesos', 'Processes'))),
    h('p', { class: 'card' }, h('span', { class: 'figure' }, `${up} / ${activeTargets.length}`), ' ', t('contestan', 'answer')),
    h(
      'ul',
      { class: 'plain' },
      down.map(({ labels, lastError, lastScrape, lastScrapeDuration }) =>
        h(
          'li',
          { class: 'card' },
          h('div', { class: 'spread' }, h('strong', null, `${labels.job} · ${labels.instance}`), state('down')),
          h('p', { class: 'notice bad' }, lastError),
          h('p', { class: 'soft' }, ago(Date.parse(lastScrape)), ' · ', span(lastScrapeDuration)),
        ),
      ),
    ),
    sources().size < 4 ? h('p', { class: 'soft' }, t(`Fuentes: ${[...sources()].join(', ')}`, `Data sources: ${[...sources()].join(', ')}`)) : null,
  ];
}
