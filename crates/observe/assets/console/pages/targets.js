// Who is scraped, and how it went.
import { failure, h, replace } from '../dom.js';
import { every } from '../every.js';
import { t } from '../texts.js';
import { targets } from '../prometheus.js';
import { ago, span, state } from '../words.js';

export async function show(place) {
  const list = h('div');
  const only = h('input', { type: 'checkbox' });
  const find = h('input', { type: 'search', 'aria-label': t('Buscar', 'Search'), placeholder: t('Trabajo, dirección o etiqueta', 'Job, address or label') });
  let found = [];
  const draw = () => {
    const wanted = find.value.toLowerCase();
    const shown = found.filter((target) => (!only.checked || target.health !== 'up') && JSON.stringify([target.labels, target.scrapeUrl]).toLowerCase().includes(wanted));
    const pools = [...new Set(shown.map((target) => target.scrapePool))].sort();
    replace(list, pools.map((pool) => pooled(pool, shown.filter((target) => target.scrapePool === pool))), shown.length ? null : h('p', { class: 'empty' }, t('Ninguno', 'None')));
  };
  find.addEventListener('input', draw);
  only.addEventListener('change', draw);
  replace(place, h('div', { class: 'toolbar' }, find, h('label', null, only, t('solo los que no contestan', 'only those that do not answer'))), list);
  await every(10_000, async () => {
    try {
      found = (await targets()).activeTargets;
      draw();
    } catch (error) {
      replace(list, failure(error));
    }
  });
}

function pooled(pool, targets) {
  const up = targets.filter((target) => target.health === 'up').length;
  const head = [t('Dirección', 'Address'), t('Estado', 'State'), t('Etiquetas', 'Labels'), t('Última vez', 'Last time'), t('Tardó', 'Took'), t('Error', 'Error')];
  return h(
    'section',
    null,
    h('h2', null, `${pool} (${up}/${targets.length})`),
    h(
      'div',
      { class: 'scroll card', tabindex: '0', role: 'region', 'aria-label': pool },
      h('table', null, h('thead', null, h('tr', null, head.map((text) => h('th', { scope: 'col' }, text)))), h('tbody', null, targets.sort((a, b) => (a.health < b.health ? -1 : 1)).map(row))),
    ),
  );
}

function row({ scrapeUrl, health, labels, lastScrape, lastScrapeDuration, lastError }) {
  const never = Date.parse(lastScrape) <= 0 || lastScrape?.startsWith('0001');
  return h(
    'tr',
    null,
    h('td', { class: 'mono' }, scrapeUrl),
    h('td', null, state(health)),
    h('td', null, h('div', { class: 'tags' }, Object.entries(labels).map(([name, value]) => h('span', { class: 'tag' }, `${name}=${value}`)))),
    h('td', null, never ? '–' : ago(Date.parse(lastScrape))),
    h('td', { class: 'number' }, never ? '–' : `${(lastScrapeDuration * 1000).toFixed(1)} ms`),
    h('td', { class: 'bad' }, lastError),
  );
}
