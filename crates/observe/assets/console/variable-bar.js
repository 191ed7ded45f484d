// The choices above a dashboard.
import { h, replace } from './dom.js';
import { t } from './texts.js';
import { ALL, textOf } from './variables.js';

/** `chosen(name, values)` is called with the new values. */
export function variableBar(variables, chosen) {
  const shown = variables.filter((variable) => variable.hide !== 2 && variable.type !== 'constant');
  return h('div', { class: 'variables' }, shown.map((variable) => one(variable, chosen)));
}

function one(variable, chosen) {
  const name = variable.hide === 1 ? '' : variable.label || variable.name;
  const error = variable.error ? h('span', { class: 'bad', title: variable.error, role: 'img', 'aria-label': variable.error }, '⚠') : null;
  if (variable.type === 'textbox') {
    return h('label', null, name, error, h('input', { value: variable.value, 'aria-label': variable.name, onchange: (event) => chosen(variable.name, [event.target.value]) }));
  }
  if (variable.type === 'adhoc') return h('span', { class: 'soft' }, `${name}: ${t('filtros ad hoc no compatibles', 'ad hoc filters are not supported')}`);
  if (variable.multi) return h('div', { class: 'many' }, h('span', null, name), error, many(variable, chosen));
  const values = variable.options.some((option) => String(option.value) === String(variable.value)) || variable.value === '' ? variable.options : [{ text: variable.value, value: variable.value }, ...variable.options];
  return h(
    'label',
    null,
    name,
    error,
    h('select', { 'aria-label': variable.name, onchange: (event) => chosen(variable.name, [event.target.value]) }, values.map((option) => h('option', { value: option.value, selected: String(option.value) === String(variable.value) }, option.value === ALL ? t('Todos', 'All') : option.text))),
  );
}

/** Several values at once: a list of boxes that opens. */
function many(variable, chosen) {
  const items = h('div', { class: 'popup' });
  const text = [variable.value].flat().includes(ALL) ? t('Todos', 'All') : textOf(variable) || t('ninguno', 'none');
  const menu = h('details', { class: 'choice' }, h('summary', { 'aria-label': `${variable.name}: ${text}` }, text), items);
  let values = [variable.value].flat().map(String);
  const draw = () => {
    const find = h('input', { type: 'search', 'aria-label': t('Buscar', 'Search'), placeholder: t('Buscar', 'Search') });
    const list = h('ul');
    const fill = () =>
      replace(
        list,
        variable.options.filter(({ text: shown }) => String(shown).toLowerCase().includes(find.value.toLowerCase())).slice(0, 300).map(({ text: shown, value }) =>
          h('li', null, h('label', null, h('input', { type: 'checkbox', checked: values.includes(String(value)), onchange: (event) => { toggle(String(value), event.target.checked); fill(); } }), value === ALL ? t('Todos', 'All') : shown)),
        ),
      );
    find.addEventListener('input', fill);
    fill();
    replace(items, variable.options.length > 8 ? find : null, list, h('button', { type: 'button', class: 'primary', onclick: () => { menu.open = false; } }, t('Aplicar', 'Apply')));
  };
  const toggle = (value, on) => {
    if (value === ALL) values = on ? [ALL] : [];
    else values = on ? [...values.filter((other) => other !== ALL && other !== value), value] : values.filter((other) => other !== value && other !== ALL);
  };
  const before = String(values);
  menu.addEventListener('toggle', () => {
    if (menu.open) draw();
    else if (String(values) !== before) chosen(variable.name, values.length ? values : variable.includeAll ? [ALL] : [String(variable.options[0]?.value ?? '')]);
  });
  document.addEventListener('click', (event) => {
    if (menu.open && !menu.contains(event.target) && event.target.isConnected) menu.open = false;
  });
  return menu;
}
