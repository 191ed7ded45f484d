// A field for a query, with completion: a list under a field of several lines, which therefore is no ARIA combobox.
import { placeAt, ranked } from './complete.js';
import { debounce, h, replace } from './dom.js';
import { t } from './texts.js';

/**
 * `options(place)`: a promise of `[{ text, detail, after }]` for a place in the query.
 * `submit()`: Enter was pressed outside the list.
 */
export function queryField({ value = '', label, options, submit, placeholder = '' }) {
  const list = h('ul', { class: 'completions', role: 'listbox', id: `list-${label.replace(/\W/g, '')}`, 'aria-label': t('Sugerencias', 'Suggestions'), hidden: true });
  const field = h('textarea', {
    class: 'query',
    rows: '2',
    value,
    placeholder,
    spellcheck: 'false',
    autocapitalize: 'none',
    autocomplete: 'off',
    'aria-label': label,
    'aria-haspopup': 'listbox',
    'aria-controls': list.id,
    'aria-autocomplete': 'list',
  });
  let shown = [];
  let chosen = -1;
  let place;
  let asked = 0;

  const close = () => {
    shown = [];
    list.hidden = true;
    field.removeAttribute('aria-activedescendant');
  };
  const mark = (at) => {
    chosen = at;
    [...list.children].forEach((item, n) => item.setAttribute('aria-selected', String(n === at)));
    const item = list.children[at];
    if (item) {
      field.setAttribute('aria-activedescendant', item.id);
      item.scrollIntoView({ block: 'nearest' });
    } else field.removeAttribute('aria-activedescendant');
  };
  const take = ({ text, after = '' }) => {
    const rest = field.value.slice(field.selectionEnd);
    // What is there already is not written again: the closing quote, the parenthesis.
    const tail = after && rest.startsWith(after) ? '' : after;
    const whole = field.value.slice(0, place.from) + text + tail;
    field.value = whole + rest;
    const caret = whole.length + (after && !tail ? after.length : 0);
    field.setSelectionRange(caret, caret);
    close();
    grow();
    field.focus();
  };
  const suggest = debounce(async (always) => {
    asked += 1;
    const mine = asked;
    place = placeAt(field.value, field.selectionStart);
    if (place.kind === 'none' || (place.kind === 'word' && !place.prefix && !always)) return close();
    let all;
    try {
      all = await options(place);
    } catch {
      // Without suggestions one can still write.
      return close();
    }
    if (mine !== asked || document.activeElement !== field) return undefined;
    shown = ranked(all, place.prefix);
    if (!shown.length || (shown.length === 1 && shown[0].text === place.prefix)) return close();
    replace(
      list,
      shown.map((option, at) =>
        h('li', { role: 'option', id: `${list.id}-${at}`, 'aria-selected': 'false', onmousedown: (event) => { event.preventDefault(); take(option); } }, h('span', null, option.text), option.detail ? h('small', null, option.detail) : null),
      ),
    );
    list.hidden = false;
    mark(-1);
    return undefined;
  }, 120);
  const grow = () => {
    field.rows = Math.min(12, Math.max(2, field.value.split('\n').length));
  };

  field.addEventListener('input', () => {
    grow();
    suggest();
  });
  field.addEventListener('blur', close);
  field.addEventListener('keydown', (event) => {
    if (event.key === ' ' && event.ctrlKey) {
      event.preventDefault();
      suggest(true);
    } else if (!shown.length) {
      if (event.key === 'Enter' && !event.shiftKey) {
        event.preventDefault();
        submit();
      }
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      mark((chosen + (event.key === 'ArrowDown' ? 1 : -1) + shown.length) % shown.length);
    } else if (event.key === 'Escape') {
      close();
    } else if (event.key === 'Tab' && chosen < 0 && !event.shiftKey && place.prefix) {
      event.preventDefault();
      take(shown[0]);
    } else if ((event.key === 'Enter' || event.key === 'Tab') && chosen >= 0) {
      event.preventDefault();
      take(shown[chosen]);
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      close();
      submit();
    }
  });
  grow();
  return {
    element: h('div', { class: 'query-field' }, field, list),
    get value() {
      return field.value.trim();
    },
    set value(text) {
      field.value = text;
      grow();
      close();
    },
    focus: () => field.focus(),
  };
}
