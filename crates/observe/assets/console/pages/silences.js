// Silences: those that hold, those to come, those that are over.
import * as alertmanager from '../alertmanager.js';
import { failure, h, replace } from '../dom.js';
import { every } from '../every.js';
import { silenceDialog } from '../silence-dialog.js';
import { t } from '../texts.js';
import { local } from '../timerange.js';
import { state } from '../words.js';

const PARTS = [
  ['active', 'En vigor', 'In force'],
  ['pending', 'Por venir', 'To come'],
  ['expired', 'Vencidos', 'Expired'],
];

export async function show(place) {
  const list = h('div');
  const refresh = async () => {
    try {
      const [silences, alerts] = await Promise.all([alertmanager.silences(), alertmanager.alerts()]);
      replace(list, PARTS.map(([name, es, en]) => section(t(es, en), silences.filter((silence) => silence.status.state === name), alerts, refresh)));
    } catch (error) {
      replace(list, failure(error));
    }
  };
  replace(place, h('div', { class: 'toolbar' }, h('button', { type: 'button', class: 'primary', onclick: () => silenceDialog({ done: refresh }) }, t('Nuevo silencio', 'New silence'))), list);
  await every(15_000, refresh);
}

function section(title, silences, alerts, refresh) {
  silences.sort((a, b) => (a.endsAt < b.endsAt ? 1 : -1));
  return h('section', null, h('h2', null, `${title} (${silences.length})`), h('ul', { class: 'plain' }, silences.slice(0, 50).map((silence) => view(silence, alerts, refresh))));
}

function view(silence, alerts, refresh) {
  const { id, matchers, startsAt, endsAt, createdBy, comment, status } = silence;
  const hit = alerts.filter((alert) => alert.status.silencedBy?.includes(id));
  const said = h('div');
  const expire = async () => {
    try {
      await alertmanager.expire(id);
      await refresh();
    } catch (error) {
      replace(said, failure(error));
    }
  };
  return h(
    'li',
    { class: 'card' },
    h('div', { class: 'spread' }, h('div', { class: 'tags' }, matchers.map((matcher) => h('span', { class: 'tag mono' }, alertmanager.matcherText(matcher)))), status.state === 'expired' ? state('expired') : h('button', { type: 'button', onclick: expire }, t('Terminar', 'Expire'))),
    h('p', null, comment),
    h('p', { class: 'soft' }, `${createdBy} · ${local(Date.parse(startsAt))} – ${local(Date.parse(endsAt))}`),
    hit.length ? h('p', null, t('Calla a:', 'Silences:'), ' ', [...new Set(hit.map((alert) => alert.labels.alertname))].join(', ')) : null,
    said,
  );
}
