// Any query, as a graph and as a table.
import { failure, h, replace } from '../dom.js';
import { full } from '../legend.js';
import { table } from '../panels/table.js';
import { timeseries } from '../panels/timeseries.js';
import { run } from '../query.js';
import { queryField } from '../query-field.js';
import { promqlOptions } from '../promql-options.js';
import { setAddress, timePicker } from '../timepicker.js';
import { t } from '../texts.js';

/** Series drawn; the table has them all. */
const MOST_SERIES = 100;

const EXAMPLES = [
  ['up', 'Quién contesta', 'Who answers'],
  ['sum by (route) (rate(http_requests_total[5m]))', 'Peticiones por ruta', 'Requests by route'],
  ['histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))', 'Tiempo de respuesta p95', 'Response time p95'],
  ['topk(10, count by (__name__) ({__name__=~".+"}))', 'Métricas con más series', 'Metrics with most series'],
];

export async function show(place) {
  const said = h('div');
  const graph = h('div', { class: 'panel-like' });
  const values = h('div', { class: 'panel-like values' });
  const examples = h('p', { class: 'actions' }, EXAMPLES.map(([query, es, en]) => h('button', { type: 'button', class: 'small', title: query, onclick: () => { field.value = query; submit(); } }, t(es, en))));
  let end;
  let asking;

  const picker = timePicker({ changed: () => ask(), tick: () => ask() });
  const field = queryField({
    value: new URLSearchParams(location.search).get('query') ?? '',
    label: t('Consulta PromQL', 'PromQL query'),
    placeholder: t('Consulta PromQL; Ctrl+Espacio sugiere', 'PromQL query; Ctrl+Space suggests'),
    options: promqlOptions(() => picker.range),
    submit: () => submit(),
  });
  const submit = () => {
    setAddress({ query: field.value });
    return ask();
  };

  async function ask() {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    const expr = field.value;
    if (!expr) {
      replace(said);
      return;
    }
    const range = picker.range;
    const base = { title: expr, datasource: { type: 'prometheus' }, fieldConfig: { defaults: { custom: { fillOpacity: 5 } } }, options: { legend: { displayMode: 'table', calcs: ['lastNotNull', 'min', 'max', 'mean'] } } };
    graph.setAttribute('aria-busy', 'true');
    try {
      const [over, now] = await Promise.all([
        run({ ...base, targets: [{ refId: 'A', expr, exemplar: true }] }, { range, scope: {}, width: graph.clientWidth, signal }),
        run({ ...base, targets: [{ refId: 'A', expr, instant: true }] }, { range, scope: {}, width: graph.clientWidth, signal }),
      ]);
      if (signal.aborted) return;
      const errors = [...new Set([...over.errors, ...now.errors].map(({ message }) => message))];
      // A query for a range of samples has a table and no graph: that is no error to cry about.
      const shown = now.series.length ? now.errors : errors;
      const notes = [...over.warnings, ...now.warnings];
      const found = over.series.length;
      if (found > MOST_SERIES) notes.push(t(`${found} series; dibujadas las primeras ${MOST_SERIES}`, `${found} series; drawn are the first ${MOST_SERIES}`));
      replace(said, [...shown].map((message) => failure({ message })), [...new Set(notes)].map((text) => h('p', { class: 'notice' }, text)));
      end?.();
      end = timeseries(graph, { panel: base, data: { ...over, series: over.series.slice(0, MOST_SERIES) }, context: { onZoom: (zoomed) => picker.set(zoomed) } });
      table(values, { panel: { ...base, title: t('Valores al final del intervalo', 'Values at the end of the range'), fieldConfig: {}, transformations: [{ id: 'organize', options: { excludeByName: { Time: true } } }] }, data: { ...now, series: now.series.map((one) => ({ ...one, name: full(one.labels) })) } });
    } catch (error) {
      if (error.name !== 'AbortError') replace(said, failure(error));
    } finally {
      graph.removeAttribute('aria-busy');
    }
  }

  addEventListener('popstate', () => {
    field.value = new URLSearchParams(location.search).get('query') ?? '';
    ask();
  });
  addEventListener('themechange', () => ask());
  replace(
    place,
    h('div', { class: 'toolbar' }, field.element, h('div', { class: 'actions' }, h('button', { type: 'button', class: 'primary', onclick: submit }, t('Consultar', 'Run')), picker.element)),
    examples,
    said,
    h('section', { class: 'card', 'aria-label': t('Gráfica', 'Graph') }, h('h2', null, t('Gráfica', 'Graph')), graph),
    h('section', { class: 'card', 'aria-label': t('Tabla', 'Table') }, h('h2', null, t('Valores al final del intervalo', 'Values at the end of the range')), values),
  );
  await ask();
  if (!field.value) field.focus();
}
