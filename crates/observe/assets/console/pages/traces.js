// Traces: found by service, operation, tags and time taken; and who calls whom.
import { classic } from '../colors.js';
import { failure, h, replace } from '../dom.js';
import * as jaeger from '../jaeger.js';
import { serviceMap } from '../service-map.js';
import { setAddress, timePicker } from '../timepicker.js';
import { t } from '../texts.js';
import { local } from '../timerange.js';
import { parseTags, treeOf } from '../trace-tree.js';
import { format } from '../units.js';

const FIELDS = ['service', 'operation', 'tags', 'minDuration', 'maxDuration', 'limit'];

export async function show(place) {
  const params = new URLSearchParams(location.search);
  const picker = timePicker({ changed: () => search(), tick: () => search() });
  const said = h('div');
  const results = h('div');
  const map = h('div');
  const service = h('select', { name: 'service' });
  const operation = h('select', { name: 'operation' }, h('option', { value: '' }, t('todas', 'all')));
  const field = (name, label, input) => h('label', { class: 'field' }, h('span', null, label), input ?? h('input', { name, value: params.get(name) ?? '', autocomplete: 'off', spellcheck: 'false', placeholder: { tags: 'http.response.status_code=500', minDuration: '100ms', maxDuration: '2s' }[name] ?? '' }));
  const form = h(
    'form',
    {
      class: 'card trace-search',
      onsubmit: (event) => {
        event.preventDefault();
        setAddress(Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].value || null])));
        search();
      },
    },
    field('service', t('Servicio', 'Service'), service),
    field('operation', t('Operación', 'Operation'), operation),
    field('tags', t('Etiquetas', 'Tags')),
    field('minDuration', t('Dura al menos', 'Takes at least')),
    field('maxDuration', t('Dura a lo más', 'Takes at most')),
    field('limit', t('Cuántas', 'How many'), h('select', { name: 'limit' }, [20, 50, 100, 200].map((count) => h('option', { value: count, selected: String(count) === params.get('limit') }, count)))),
    h('button', { class: 'primary' }, t('Buscar', 'Search')),
  );
  const byId = h('input', { type: 'search', placeholder: t('Id de traza', 'Trace id'), 'aria-label': t('Id de traza', 'Trace id'), onkeydown: (event) => event.key === 'Enter' && event.target.value.trim() && location.assign(`/traces/${encodeURIComponent(event.target.value.trim())}`) });

  async function fillOperations(wanted) {
    const names = service.value ? await jaeger.operations(service.value) : [];
    replace(operation, h('option', { value: '' }, t('todas', 'all')), names.map((name) => h('option', { selected: name === wanted }, name)));
  }
  service.addEventListener('change', () => fillOperations().catch((error) => replace(said, failure(error))));

  async function search() {
    replace(said);
    if (!service.value) return;
    const tags = parseTags(form.elements.tags.value);
    if (!tags) {
      replace(said, failure({ message: t('Las etiquetas se escriben nombre=valor, separadas por espacios', 'Tags are written name=value, with spaces between') }));
      return;
    }
    const { from, to } = picker.range;
    results.setAttribute('aria-busy', 'true');
    try {
      const found = await jaeger.search({ service: service.value, operation: operation.value, tags, minDuration: form.elements.minDuration.value, maxDuration: form.elements.maxDuration.value, limit: form.elements.limit.value, start: Math.round(from * 1000), end: Math.round(to * 1000) });
      drawResults(results, found);
    } catch (error) {
      replace(said, failure(error));
    } finally {
      results.removeAttribute('aria-busy');
    }
  }

  async function drawMap() {
    const { from, to } = picker.range;
    const links = await jaeger.dependencies({ end: Math.round(to), lookback: Math.round(to - from) });
    if (links.length) replace(map, h('details', { class: 'card', open: true }, h('summary', null, t('Quién llama a quién', 'Who calls whom')), serviceMap(links)));
  }

  replace(place, h('div', { class: 'toolbar' }, byId, picker.element), form, said, map, results);
  try {
    const names = await jaeger.services();
    const wanted = params.get('service') ?? names.find((name) => name.includes('edge')) ?? names[0];
    replace(service, names.map((name) => h('option', { selected: name === wanted }, name)));
    if (!names.length) replace(said, h('p', { class: 'notice' }, t('Todavía no ha llegado ninguna traza.', 'No trace has arrived yet.')));
    await fillOperations(params.get('operation'));
    await Promise.all([search(), drawMap()]);
  } catch (error) {
    replace(said, failure(error));
  }
}

function drawResults(into, traces) {
  if (!traces.length) {
    replace(into, h('p', { class: 'empty' }, t('Ninguna traza en este intervalo.', 'No trace in this range.')));
    return;
  }
  const all = traces.map((trace) => ({ trace, tree: treeOf(trace) })).sort((a, b) => b.tree.start - a.tree.start);
  const longest = Math.max(...all.map(({ tree }) => tree.duration), 1);
  replace(into, h('h2', null, t(`${all.length} trazas`, `${all.length} traces`)), h('ul', { class: 'plain' }, all.map(({ trace, tree }) => one(trace, tree, longest))));
}

function one({ traceID }, { rows, start, duration, services, errors }, longest) {
  const [root] = rows;
  return h(
    'li',
    { class: 'card trace' },
    h('div', { class: 'spread' }, h('a', { href: `/traces/${traceID}` }, h('strong', null, `${root.service}: ${root.span.operationName}`)), h('span', { class: 'number' }, format(duration / 1e6, 's'))),
    h('div', { class: 'trough' }, h('span', { class: 'fill', style: { width: `${Math.max(0.5, (duration / longest) * 100)}%`, background: errors ? 'var(--danger)' : 'var(--brand)' } })),
    h(
      'p',
      { class: 'soft' },
      `${local(start / 1000)} · `,
      t(`${rows.length} tramos`, `${rows.length} spans`),
      errors ? h('span', { class: 'state bad' }, t(`${errors} con error`, `${errors} with an error`)) : null,
      ' ',
      services.map((name, at) => h('span', { class: 'tag' }, h('i', { class: 'bar', style: { background: classic(at) } }), name)),
    ),
  );
}
