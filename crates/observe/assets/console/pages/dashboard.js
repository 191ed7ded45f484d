// A dashboard: its variables, its range of time, its panels.
import { json } from '../api.js';
import { load as loadAnnotations } from '../annotations.js';
import { failure, h, replace } from '../dom.js';
import { sections } from '../layout.js';
import { migrate } from '../migration.js';
import { PanelView } from '../panel-view.js';
import { builtins } from '../query.js';
import { safe } from '../markdown.js';
import { setAddress, timePicker } from '../timepicker.js';
import { t } from '../texts.js';
import { load as loadVariables } from '../variable-values.js';
import { variableBar } from '../variable-bar.js';
import { interpolate } from '../variables.js';

/** Asked before it is scrolled to, by so much. */
const AHEAD = '400px';

export async function show(place) {
  const uid = decodeURIComponent(location.pathname.split('/')[2]);
  const dashboard = migrate(await json(`/api/dashboards/${encodeURIComponent(uid)}`));
  document.querySelector('h1').textContent = dashboard.title;
  document.title = `${dashboard.title} · TextiSur`;
  await new DashboardPage(place, dashboard).start();
}

class DashboardPage {
  constructor(place, dashboard) {
    this.place = place;
    this.dashboard = dashboard;
    this.views = [];
    this.marks = [];
    this.folded = new Map();
    const { from, to } = dashboard.time;
    this.picker = timePicker({
      defaults: { from, to, refresh: typeof dashboard.refresh === 'string' ? dashboard.refresh : '' },
      changed: () => this.reload(),
      tick: () => this.tick(),
    });
    this.bar = h('div', { class: 'dash-bar' });
    this.said = h('div');
    this.grid = h('div', { class: 'dashboard' });
    this.observer = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        const view = this.views.find((one) => one.element === target);
        if (view && isIntersecting) view.see();
      }
    }, { rootMargin: AHEAD });
    addEventListener('themechange', () => this.views.forEach((view) => view.refresh()));
  }

  async start() {
    replace(this.place, h('div', { class: 'toolbar' }, this.bar, this.picker.element), this.said, this.grid);
    await this.reload();
  }

  /** Variables anew, then everything. What a newer call overtook ends. */
  async reload() {
    this.loading?.abort();
    const loading = new AbortController();
    this.loading = loading;
    this.range = this.picker.range;
    const chosen = {};
    for (const [key, value] of new URLSearchParams(location.search)) {
      if (key.startsWith('var-')) (chosen[key.slice(4)] ??= []).push(value);
    }
    try {
      const base = builtins(this.range, 15_000);
      const variables = await loadVariables(this.dashboard.templating.list, { chosen, range: this.range, builtins: base, signal: loading.signal });
      if (loading.signal.aborted) return;
      this.scope = Object.fromEntries(variables.map((variable) => [variable.name, variable]));
      this.scope.__dashboard = this.dashboard.title;
      this.scope.__all_variables = variables.map(({ name, value }) => [value].flat().map((one) => `var-${name}=${encodeURIComponent(one)}`).join('&')).join('&');
      this.scope.__url_time_range = `from=${this.picker.raw.from}&to=${this.picker.raw.to}`;
      replace(this.bar, variableBar(variables, (name, values) => {
        setAddress({ [`var-${name}`]: values });
        this.reload();
      }), this.links());
      this.draw();
      await this.annotate(loading.signal);
    } catch (error) {
      if (error.name !== 'AbortError') replace(this.said, failure(error));
    }
  }

  /** Time has passed. */
  async tick() {
    this.range = this.picker.range;
    for (const view of this.views) view.refresh();
    await this.annotate(this.loading.signal);
  }

  async annotate(signal) {
    const list = this.dashboard.annotations?.list;
    if (!list?.length) return;
    const { marks, errors } = await loadAnnotations(list, { range: this.range, scope: this.scope, signal });
    if (signal.aborted) return;
    replace(this.said, errors.map((text) => h('p', { class: 'notice' }, text)));
    const changed = JSON.stringify(marks) !== JSON.stringify(this.marks);
    this.marks = marks;
    if (changed) for (const view of this.views) if (view.panel.type === 'timeseries') view.refresh();
  }

  links() {
    return (this.dashboard.links ?? []).flatMap((link) => {
      const href = link.type === 'link' ? safe(interpolate(link.url ?? '', this.scope)) : undefined;
      return href ? [h('a', { href, class: 'button', title: link.tooltip || null }, link.title)] : [];
    });
  }

  draw() {
    this.observer.disconnect();
    this.views.forEach((view) => view.close());
    this.views = [];
    const parts = sections(this.dashboard.panels, this.scope).map((section) => this.section(section));
    replace(this.grid, parts);
    for (const view of this.views) this.observer.observe(view.element);
  }

  section(section) {
    const body = h('div', { class: 'grid' });
    const context = () => ({
      range: this.range,
      annotations: this.marks,
      onZoom: (range) => this.picker.set(range),
      sync: this.dashboard.graphTooltip ? 'dashboard' : undefined,
    });
    const fill = () => {
      if (body.childElementCount) return;
      const views = section.panels.map((placed) => new PanelView(placed, context, section.title === undefined ? 2 : 3));
      this.views.push(...views);
      body.append(...views.map((view) => view.element));
      for (const view of views) this.observer.observe(view.element);
    };
    if (section.title === undefined) {
      fill();
      return body;
    }
    const open = !(this.folded.get(section.key) ?? section.collapsed);
    const title = interpolate(section.title, section.scope, { shown: true }) || t('Sin título', 'Untitled');
    const details = h('details', { class: 'row', open }, h('summary', null, h('h2', null, title), h('span', { class: 'soft' }, ` (${section.panels.length})`)), body);
    details.addEventListener('toggle', () => {
      this.folded.set(section.key, !details.open);
      if (details.open) fill();
    });
    if (open) fill();
    return details;
  }
}
