// Lines of logs in a panel.
import { logView } from '../log-view.js';
import { h, replace } from '../dom.js';
import { t } from '../texts.js';

export function logs(body, { panel, data }) {
  const lines = data.logs ?? [];
  if (!lines.length) {
    replace(body, h('p', { class: 'empty' }, t('Sin registros', 'No logs')));
    return;
  }
  const { sortOrder = 'Descending', showTime = true, wrapLogMessage = true } = panel.options ?? {};
  const list = h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': panel.title || t('Registros', 'Logs') });
  replace(body, list);
  logView(list, sortOrder === 'Ascending' ? [...lines].reverse() : lines, { showTime, wrap: wrapLogMessage });
}
