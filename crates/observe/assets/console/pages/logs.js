// Logs: found by selector and LogQL, counted over time, followed as they come.
import { failure, h, replace } from '../dom.js';
import { css } from '../colors.js';
import { fromMatrix } from '../frames.js';
import { lineView, logView } from '../log-view.js';
import { containing, isMetric, volume, withMatcher } from '../logql.js';
import { logqlOptions } from '../logql-options.js';
import * as loki from '../loki.js';
import { level } from '../log-line.js';
import { timeseries } from '../panels/timeseries.js';
import { queryField } from '../query-field.js';
import { run } from '../query.js';
import { setAddress, timePicker } from '../timepicker.js';
import { t } from '../texts.js';
import { interval, spell } from '../timerange.js';

/** Lines kept on the page while following. */
const MOST_FOLLOWED = 1000;
const COLORS = { critical: 'purple', error: 'red', warning: 'yellow', info: 'green', debug: 'blue', trace: 'light-blue', unknown: '#8e8e8e' };

export async function show(place) {
  await new LogsPage(place).start();
}

class LogsPage {
  constructor(place) {
    this.place = place;
    this.said = h('div');
    this.histogram = h('div', { class: 'panel-like low' });
    this.lines = h('div');
    this.count = h('span', { class: 'soft', role: 'status' });
    this.picker = timePicker({ changed: () => this.ask(), tick: () => this.ask() });
    this.field = queryField({
      value: new URLSearchParams(location.search).get('query') ?? '',
      label: t('Consulta LogQL', 'LogQL query'),
      placeholder: '{service="textisur-web"} |= `error`',
      options: logqlOptions(() => this.picker.range),
      submit: () => this.submit(),
    });
    this.text = h('input', { type: 'search', placeholder: t('Texto o id de traza', 'Text or trace id'), 'aria-label': t('Texto o id de traza', 'Text or trace id'), onkeydown: (event) => event.key === 'Enter' && this.narrow() });
    this.live = h('button', { type: 'button', 'aria-pressed': 'false', onclick: () => (this.socket ? this.unfollow() : this.follow()) }, t('En vivo', 'Live'));
    this.wrap = h('input', { type: 'checkbox', checked: true, onchange: () => this.lines.firstElementChild?.classList.toggle('wrap', this.wrap.checked) });
    this.limit = h('select', { 'aria-label': t('Líneas', 'Lines'), onchange: () => this.ask() }, [100, 500, 1000, 5000].map((count) => h('option', { value: count, selected: count === 500 }, t(`${count} líneas`, `${count} lines`))));
  }

  async start() {
    replace(
      this.place,
      h('div', { class: 'toolbar' }, this.field.element, h('div', { class: 'actions' }, h('button', { type: 'button', class: 'primary', onclick: () => this.submit() }, t('Buscar', 'Search')), this.live, this.picker.element)),
      h('div', { class: 'toolbar' }, this.text, h('div', { class: 'actions' }, this.limit, h('label', null, this.wrap, t('partir líneas', 'wrap lines')), this.count)),
      this.said,
      h('section', { class: 'card', 'aria-label': t('Cuántas', 'How many') }, this.histogram),
      h('section', { class: 'card', 'aria-label': t('Líneas', 'Lines') }, this.lines),
    );
    addEventListener('popstate', () => {
      this.field.value = new URLSearchParams(location.search).get('query') ?? '';
      this.ask();
    });
    addEventListener('themechange', () => this.ask());
    addEventListener('pagehide', () => this.unfollow());
    if (!this.field.value) await this.suggest();
    const trace = new URLSearchParams(location.search).get('trace');
    if (trace) {
      this.field.value = containing(this.field.value || '{service=~".+"}', trace);
      setAddress({ query: this.field.value, trace: null }, { quiet: true });
    }
    await this.ask();
  }

  /** Without a query: everything, by the first label that every stream may have. */
  async suggest() {
    try {
      const { from, to } = this.picker.range;
      const labels = await loki.labels({ start: from, end: to });
      const first = ['service', 'service_name', 'job', 'app'].find((name) => labels.includes(name)) ?? labels[0];
      if (first) this.field.value = `{${first}=~".+"}`;
      else replace(this.lines, h('p', { class: 'empty' }, t('En este intervalo no ha llegado ningún registro.', 'No logs have arrived in this range.')));
    } catch (error) {
      replace(this.said, failure(error));
    }
  }

  async narrow() {
    const text = this.text.value.trim();
    if (!text) return;
    if (isMetric(this.field.value)) await this.suggest();
    this.field.value = containing(this.field.value, text);
    this.text.value = '';
    this.submit();
  }

  submit() {
    setAddress({ query: this.field.value });
    return this.ask();
  }

  async ask() {
    this.unfollow();
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    const query = this.field.value;
    replace(this.said);
    if (!query) return;
    const range = this.picker.range;
    this.lines.setAttribute('aria-busy', 'true');
    try {
      await (isMetric(query) ? this.graph(query, range, signal) : Promise.all([this.list(query, range, signal), this.bars(query, range, signal)]));
    } catch (error) {
      if (error.name !== 'AbortError') replace(this.said, failure(error));
    } finally {
      this.lines.removeAttribute('aria-busy');
    }
  }

  async graph(query, range, signal) {
    const panel = { title: query, datasource: { type: 'loki' }, targets: [{ refId: 'A', expr: query }], options: { legend: { displayMode: 'table', calcs: ['lastNotNull', 'max'] } } };
    const data = await run(panel, { range, scope: {}, width: this.histogram.clientWidth, signal });
    replace(this.lines);
    this.histogram.classList.remove('low');
    replace(this.said, data.errors.map(({ message }) => failure({ message })));
    this.end?.();
    this.end = timeseries(this.histogram, { panel, data, context: { onZoom: (zoomed) => this.picker.set(zoomed) } });
    this.count.textContent = '';
  }

  async list(query, { from, to }, signal) {
    const limit = Number(this.limit.value);
    const { result } = await loki.range(query, { start: from, end: to, limit }, { signal });
    if (signal.aborted) return;
    const found = loki.lines(result);
    const more = found.length >= limit;
    this.count.textContent = more ? t(`las ${found.length} más nuevas`, `the newest ${found.length}`) : t(`${found.length} líneas`, `${found.length} lines`);
    if (!found.length) replace(this.lines, h('p', { class: 'empty' }, t('Ninguna línea en este intervalo.', 'No line in this range.')));
    else logView(this.lines, found, { wrap: this.wrap.checked, onLabel: (name, value) => this.more(name, value) });
  }

  more(name, value) {
    this.field.value = withMatcher(this.field.value, name, value);
    this.submit();
  }

  async bars(query, range, signal) {
    const step = interval(range, 60, 1000);
    const [start, end] = [Math.floor(range.from / step) * step, Math.ceil(range.to / step) * step];
    const { result } = await loki.range(volume(query, spell(step)), { start, end, step: step / 1000 }, { signal });
    if (signal.aborted) return;
    this.histogram.classList.add('low');
    const series = fromMatrix(result, { start: start / 1000, end: end / 1000, step: step / 1000 }, { refId: 'A', legendFormat: '{{level}}', fallback: t('líneas', 'lines') });
    const overrides = series.map((one) => ({ matcher: { id: 'byName', options: one.name }, properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: css(COLORS[level(one.labels.level)]) } }] }));
    const panel = { title: t('Líneas por tiempo', 'Lines over time'), fieldConfig: { defaults: { unit: 'short', custom: { drawStyle: 'bars', fillOpacity: 80, barAlignment: -1, stacking: { mode: 'normal' } } }, overrides }, options: { legend: { displayMode: 'list' } } };
    this.end?.();
    this.end = timeseries(this.histogram, { panel, data: { series, exemplars: [], range }, context: { onZoom: (zoomed) => this.picker.set(zoomed) } });
  }

  /** New lines on top, as they come. */
  follow() {
    const query = this.field.value;
    if (!query || isMetric(query)) {
      replace(this.said, failure({ message: t('En vivo se siguen líneas: la consulta empieza con {…}', 'Live follows lines: the query begins with {…}') }));
      return;
    }
    this.asking?.abort();
    replace(this.said);
    const list = h('div', { class: this.wrap.checked ? 'loglines wrap' : 'loglines' });
    replace(this.lines, list);
    const socket = loki.tail(query, { start: Date.now() - 60_000 });
    this.socket = socket;
    this.live.setAttribute('aria-pressed', 'true');
    this.count.textContent = t('siguiendo…', 'following…');
    let opened = false;
    socket.addEventListener('open', () => (opened = true));
    socket.addEventListener('message', ({ data }) => {
      const { streams = [], dropped_entries: dropped } = JSON.parse(data);
      // A page that is scrolled down is being read: its lines must not move away.
      list.prepend(...loki.lines(streams).map((line) => lineView(line, { onLabel: (name, value) => this.more(name, value) })));
      while (list.childElementCount > MOST_FOLLOWED) list.lastElementChild.remove();
      if (dropped?.length) replace(this.said, h('p', { class: 'notice' }, t(`${dropped.length} líneas llegaron demasiado rápido`, `${dropped.length} lines came too fast`)));
    });
    socket.addEventListener('close', ({ reason }) => {
      if (this.socket !== socket) return;
      this.unfollow();
      replace(this.said, failure({ message: opened ? t(`La conexión terminó. ${reason}`, `The connection ended. ${reason}`) : t(`No se pudo seguir la consulta. ${reason}`, `The query could not be followed. ${reason}`) }));
    });
  }

  unfollow() {
    const { socket } = this;
    if (!socket) return;
    this.socket = undefined;
    socket.close();
    this.live.setAttribute('aria-pressed', 'false');
    this.count.textContent = '';
  }
}
