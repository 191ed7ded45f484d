// The names under a chart, as a list or a table with calculations; a click leaves one alone, another brings all back.
import { h, replace } from './dom.js';
import { displayText } from './field.js';
import { calcName, calcUnit, reduce } from './reduce.js';
import { t } from './texts.js';

/** `show(index, visible)` is called for what changes. */
export function legend(into, series, { displayMode = 'list', calcs = [], sortBy, sortDesc }, show) {
  const visible = series.map(() => true);
  const values = series.map((one) => calcs.map((calc) => reduce(one.values, calc)));
  const text = (at, n) => displayText(values[at][n], { ...series[at].config, unit: calcUnit(calcs[n], series[at].config.unit), mappings: [] });
  const order = series.map((_, at) => at).filter((at) => !series[at].config.custom?.hideFrom?.legend);
  const column = calcs.findIndex((calc) => calcName(calc) === sortBy || calc === sortBy);
  if (sortBy && column >= 0) order.sort((a, b) => (values[a][column] - values[b][column]) * (sortDesc ? -1 : 1));

  const buttons = new Map();
  const button = (at) => {
    const { name, color } = series[at];
    const made = h('button', { type: 'button', class: 'series', 'aria-pressed': 'true', title: name, onclick: (event) => toggle(at, event) }, h('i', { style: { background: color } }), h('span', null, name));
    buttons.set(at, made);
    return made;
  };
  const toggle = (at, event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) visible[at] = !visible[at];
    else {
      const alone = visible.every((shown, other) => shown === (other === at));
      visible.forEach((_, other) => (visible[other] = alone || other === at));
    }
    for (const [other, made] of buttons) made.setAttribute('aria-pressed', String(visible[other]));
    visible.forEach((shown, other) => show(other, shown));
  };

  if (displayMode === 'table') {
    replace(
      into,
      h(
        'table',
        { class: 'legend' },
        h('thead', null, h('tr', null, h('th', { scope: 'col' }, t('Nombre', 'Name')), calcs.map((calc) => h('th', { scope: 'col', class: 'number' }, calcName(calc))))),
        h('tbody', null, order.map((at) => h('tr', null, h('td', null, button(at)), calcs.map((_, n) => h('td', { class: 'number' }, text(at, n)))))),
      ),
    );
  } else {
    replace(
      into,
      h('ul', { class: 'legend' }, order.map((at) => h('li', null, button(at), calcs.map((calc, n) => h('span', { class: 'calc' }, `${calcName(calc)}: ${text(at, n)}`))))),
    );
  }
}
