// One panel of a dashboard: its frame, its menu, its errors, and what draws inside.
import { h, replace } from './dom.js';
import { isStill, PANELS } from './panels/index.js';
import { showData } from './panel-data.js';
import { run } from './query.js';
import { sourceOf } from './datasource.js';
import { t } from './texts.js';
import { interpolate } from './variables.js';
import { builtins } from './query.js';

/** `level`: of its title among the headings. `context()` gives what all panels share: `range`, `annotations`, `onZoom`, `sync`. */
export class PanelView {
  constructor(place, context, level = 3) {
    this.panel = place.panel;
    this.scope = place.scope;
    this.context = context;
    this.seen = false;
    this.body = h('div', { class: 'body' });
    this.said = h('div', { class: 'said' });
    this.title = h(`h${level}`, null, this.titleText());
    this.menu = this.menuOf();
    this.element = h(
      'div',
      { role: 'group', class: `panel ${this.panel.transparent ? 'transparent' : ''} kind-${this.panel.type}`, style: { '--x': place.x + 1, '--y': place.y + 1, '--w': place.w, '--h': place.h }, 'aria-label': this.titleText() || this.panel.type },
      h('header', null, this.title, this.panel.description ? h('span', { class: 'info', title: this.panel.description, role: 'img', 'aria-label': this.panel.description }, 'i') : null, this.menu),
      this.said,
      this.body,
    );
  }

  titleText() {
    return interpolate(this.panel.title ?? '', this.scope, { shown: true });
  }

  menuOf() {
    if (isStill(this.panel.type) || !PANELS[this.panel.type]) return null;
    const items = h('div', { class: 'popup' });
    const menu = h('details', { class: 'panel-menu' }, h('summary', { 'aria-label': t(`Menú de ${this.titleText()}`, `Menu of ${this.titleText()}`) }, '⋮'), items);
    menu.addEventListener('toggle', () => {
      if (!menu.open) return;
      replace(
        items,
        h('button', { type: 'button', onclick: () => { menu.open = false; showData(this.titleText(), this.data); } }, t('Ver los datos', 'Show the data')),
        this.exploreLinks(),
      );
    });
    menu.addEventListener('focusout', (event) => {
      if (!menu.contains(event.relatedTarget)) menu.open = false;
    });
    menu.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') menu.open = false;
    });
    return menu;
  }

  exploreLinks() {
    const { range } = this.context();
    const filledIn = { ...this.scope, ...builtins(range, this.data?.step ?? 15_000) };
    return (this.panel.targets ?? [])
      .filter((target) => target.expr && !target.hide)
      .map((target) => {
        const source = sourceOf(target.datasource ?? this.panel.datasource, this.scope);
        const params = new URLSearchParams({ query: interpolate(target.expr, filledIn, { query: true }), from: range.from, to: range.to });
        return h('a', { href: `${source === 'loki' ? '/logs' : '/explore'}?${params}` }, t(`Explorar ${target.refId ?? ''}`, `Explore ${target.refId ?? ''}`));
      });
  }

  /** Asks and draws, once it is on the screen; not twice at the same time. */
  async refresh() {
    if (!this.seen) {
      this.stale = true;
      return;
    }
    this.stale = false;
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    const context = this.context();
    this.title.textContent = this.titleText();
    const draw = PANELS[this.panel.type];
    if (!draw) {
      replace(this.body, h('p', { class: 'notice' }, t(`Este tipo de panel no es compatible: ${this.panel.type}`, `Unsupported kind of panel: ${this.panel.type}`)));
      return;
    }
    this.element.setAttribute('aria-busy', 'true');
    try {
      const still = isStill(this.panel.type);
      const data = still ? { series: [], errors: [], warnings: [] } : await run(this.panel, { range: context.range, scope: this.scope, width: this.body.clientWidth, signal: asking.signal });
      if (asking.signal.aborted) return;
      this.data = data;
      this.tell(data.errors.map(({ refId, message }) => `${refId}: ${message}`), data.warnings);
      this.end?.();
      this.end = undefined;
      if (data.errors.length && !data.series.length && !data.logs) replace(this.body);
      else this.end = draw(this.body, { panel: { ...this.panel, title: this.titleText() }, data, context: { ...context, scope: this.scope } });
      reachable(this.body);
    } catch (error) {
      if (error.name === 'AbortError') return;
      console.warn(error);
      this.tell([error.message], []);
    } finally {
      if (this.asking === asking) this.element.removeAttribute('aria-busy');
    }
  }

  tell(errors, warnings) {
    replace(
      this.said,
      errors.map((text) => h('p', { class: 'notice bad', role: 'alert' }, text)),
      [...new Set(warnings)].slice(0, 3).map((text) => h('p', { class: 'notice' }, text)),
    );
  }

  /** It came onto the screen. */
  see() {
    if (this.seen) return;
    this.seen = true;
    this.refresh();
  }

  close() {
    this.asking?.abort();
    this.end?.();
  }
}

/** What scrolls can be scrolled by the keyboard. */
function reachable(body) {
  for (const box of body.querySelectorAll('.bars, .stats, .gauges')) {
    if (box.scrollHeight > box.clientHeight || box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }
}
