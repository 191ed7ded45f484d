// The list of dashboards, by folder; files that are none with their error.
import { json } from '../api.js';
import { h, replace } from '../dom.js';
import { t } from '../texts.js';

export async function show(place) {
  const entries = await json('/api/dashboards');
  if (!entries.length) {
    replace(place, h('p', { class: 'empty' }, t('No hay tableros en la carpeta.', 'There are no dashboards in the folder.')));
    return;
  }
  const find = h('input', { type: 'search', placeholder: t('Buscar por nombre o etiqueta', 'Search by name or tag'), 'aria-label': t('Buscar tableros', 'Search dashboards') });
  const list = h('div');
  const draw = () => {
    const wanted = find.value.toLowerCase();
    const shown = entries.filter((entry) => `${entry.title} ${entry.tags.join(' ')}`.toLowerCase().includes(wanted));
    const folders = [...new Set(shown.map((entry) => entry.folder))];
    replace(
      list,
      folders.map((folder) => [folder ? h('h2', null, folder) : null, h('ul', { class: 'cards' }, shown.filter((entry) => entry.folder === folder).map(card))]),
    );
  };
  find.addEventListener('input', draw);
  draw();
  replace(place, h('div', { class: 'toolbar' }, find), list);
}

function card({ uid, title, tags, error, file }) {
  if (error) return h('li', { class: 'card' }, h('strong', null, file), h('p', { class: 'notice bad' }, error));
  return h('li', { class: 'card' }, h('a', { href: `/d/${encodeURIComponent(uid)}` }, title), tags.length ? h('p', { class: 'tags' }, tags.map((tag) => h('span', { class: 'tag' }, tag))) : null);
}
