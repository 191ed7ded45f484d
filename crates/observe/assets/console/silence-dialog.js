// Making a silence.
import * as alertmanager from './alertmanager.js';
import { failure, h, replace } from './dom.js';
import { t } from './texts.js';
import { milliseconds } from './timerange.js';

const SPANS = ['30m', '1h', '2h', '8h', '1d', '7d'];

/** `labels`: of the alert to silence; `done()` is called when there is a new silence. */
export function silenceDialog({ labels = {}, done }) {
  const rows = h('div', { class: 'matchers' });
  const add = (name = '', value = '', kind = '=') =>
    rows.append(
      h(
        'div',
        { class: 'matcher' },
        h('input', { name: 'name', value: name, required: true, 'aria-label': t('Etiqueta', 'Label'), placeholder: t('etiqueta', 'label') }),
        h('select', { name: 'kind', 'aria-label': t('Comparación', 'Comparison') }, ['=', '!=', '=~', '!~'].map((one) => h('option', { selected: one === kind }, one))),
        h('input', { name: 'value', value, 'aria-label': t('Valor', 'Value'), placeholder: t('valor', 'value') }),
        h('button', { type: 'button', 'aria-label': t('Quitar', 'Remove'), onclick: (event) => event.target.closest('.matcher').remove() }, '×'),
      ),
    );
  for (const [name, value] of Object.entries(labels)) add(name, value);
  if (!Object.keys(labels).length) add('alertname');
  const span = h('input', { name: 'span', value: '2h', required: true, list: 'spans', size: '8' });
  const by = h('input', { name: 'by', value: localStorage.getItem('silencer') ?? 'admin', required: true });
  const comment = h('input', { name: 'comment', required: true });
  const said = h('div');
  const dialog = h(
    'dialog',
    { 'aria-labelledby': 'silence-title' },
    h(
      'form',
      { onsubmit: (event) => { event.preventDefault(); send(); } },
      h('h2', { id: 'silence-title' }, t('Silenciar alertas', 'Silence alerts')),
      h('p', { class: 'soft' }, t('Se silencia toda alerta con estas etiquetas.', 'Every alert with these labels is silenced.')),
      rows,
      h('button', { type: 'button', onclick: () => add() }, t('Otra etiqueta', 'Another label')),
      h('label', { class: 'field' }, h('span', null, t('Durante', 'For')), span, h('datalist', { id: 'spans' }, SPANS.map((one) => h('option', { value: one })))),
      h('label', { class: 'field' }, h('span', null, t('Quién', 'Who')), by),
      h('label', { class: 'field' }, h('span', null, t('Por qué', 'Why')), comment),
      said,
      h('div', { class: 'actions' }, h('button', { class: 'primary' }, t('Silenciar', 'Silence')), h('button', { type: 'button', onclick: () => dialog.close() }, t('Cancelar', 'Cancel'))),
    ),
  );
  async function send() {
    const length = milliseconds(span.value);
    const matchers = [...rows.children].map((row) => {
      const kind = row.querySelector('[name="kind"]').value;
      return { name: row.querySelector('[name="name"]').value.trim(), value: row.querySelector('[name="value"]').value, isRegex: kind.endsWith('~'), isEqual: !kind.startsWith('!') };
    });
    try {
      if (!length) throw new Error(t(`${span.value} no es una duración: use 30m, 2h, 1d`, `${span.value} is no duration: use 30m, 2h, 1d`));
      if (!matchers.length) throw new Error(t('Falta una etiqueta', 'A label is missing'));
      const now = Date.now();
      await alertmanager.silence({ matchers, startsAt: new Date(now).toISOString(), endsAt: new Date(now + length).toISOString(), createdBy: by.value, comment: comment.value });
      localStorage.setItem('silencer', by.value);
      dialog.close();
      await done?.();
    } catch (error) {
      replace(said, failure(error));
    }
  }
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  comment.focus();
}
