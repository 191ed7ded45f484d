// What to do when an alert fires.
import { json } from '../api.js';
import { h, replace } from '../dom.js';
import { markdown } from '../markdown.js';
import { t } from '../texts.js';

export async function show(place) {
  const name = decodeURIComponent(location.pathname.split('/')[2]).replace(/\.md$/, '');
  const { text } = await json(`/api/runbooks/${encodeURIComponent(name)}`);
  document.querySelector('h1').textContent = name === 'README' ? 'Runbooks' : name;
  document.title = `${name} · TextiSur`;
  // Its first line is the title that stands above already.
  const prose = h('article', { class: 'card prose wide', lang: 'en' }, markdown(text.replace(/^#\s.*\n/, ''), { under: 0 }));
  for (const link of prose.querySelectorAll('a[href$=".md"]')) link.setAttribute('href', link.getAttribute('href').replace(/^(?:\.\/)?([\w-]+)\.md$/, '/runbooks/$1'));
  replace(place, h('p', { class: 'actions' }, h('a', { class: 'button', href: '/alerts' }, t('Alertas', 'Alerts')), h('a', { class: 'button', href: `/explore?${new URLSearchParams({ query: `ALERTS{alertname="${name}"}`, from: 'now-24h', to: 'now' })}` }, t('Cuándo se disparó', 'When it fired'))), prose);
}
