// A text of the dashboard itself.
import { h, replace } from '../dom.js';
import { markdown } from '../markdown.js';
import { interpolate } from '../variables.js';

export function text(body, { panel, context }) {
  const { content = '', mode = 'markdown' } = panel.options ?? {};
  const filled = interpolate(content, context.scope);
  if (mode === 'code') replace(body, h('pre', { class: 'scroll', tabindex: '0' }, filled));
  // Markup of a dashboard is not trusted: what it says is shown, not what it does.
  else if (mode === 'html') replace(body, h('div', { class: 'prose' }, markdown(new DOMParser().parseFromString(filled, 'text/html').body.textContent ?? '')));
  else replace(body, h('div', { class: 'prose scroll', tabindex: '0' }, markdown(filled)));
}
