// How a panel shows a series or a column: defaults, then the overrides that match it.
import { classic, continuous, css } from './colors.js';
import { mapped } from './mappings.js';
import { stepOf } from './thresholds.js';
import { parts } from './units.js';

function matches({ id, options }, field) {
  switch (id) {
    case 'byName':
      return field.name === options;
    case 'byNames':
      return (options?.names ?? []).includes(field.name) !== (options?.mode === 'exclude');
    case 'byRegexp':
    case 'byRegex': {
      const literal = /^\/([\s\S]*)\/([imsu]*)$/.exec(options ?? '');
      try {
        return (literal ? new RegExp(literal[1], literal[2]) : new RegExp(options)).test(field.name);
      } catch {
        return false;
      }
    }
    case 'byFrameRefID':
      return field.refId === options;
    case 'byType':
      return field.type === options;
    default:
      return false;
  }
}

/** A copy of `config` with `value` at a path such as `custom.lineWidth`. */
function put(config, path, value) {
  const [first, ...rest] = path.split('.');
  if (first === '__proto__' || first === 'constructor') return config;
  return { ...config, [first]: rest.length ? put(config[first] ?? {}, rest.join('.'), value) : value };
}

/** The configuration of a field `{ name, refId, type, index }` of a panel. */
export function configOf(panel, field) {
  const { defaults = {}, overrides = [] } = panel.fieldConfig ?? {};
  let config = { ...defaults, custom: { ...defaults.custom } };
  for (const { matcher, properties } of overrides) {
    if (!matcher || !matches(matcher, field)) continue;
    for (const { id, value } of properties ?? []) config = put(config, id, value);
  }
  return config;
}

/** The colour of a series as a line: fixed, from a palette, or from the thresholds. */
export function seriesColor(config, index, value, { min = config.min, max = config.max } = {}) {
  const { mode = 'palette-classic', fixedColor } = config.color ?? {};
  if (mode === 'fixed' || mode === 'shades') return css(fixedColor);
  if (mode === 'thresholds') return css(stepOf(value, config.thresholds, min, max)?.color ?? 'green');
  return continuous(mode, value, min ?? 0, max ?? 100) ?? classic(index);
}

/** The colour of a value: its mapping's, else as of a series; thresholds when nothing else is said. */
export function valueColor(value, config, index = 0, bounds = {}) {
  const mapping = mapped(value, config.mappings);
  if (mapping?.color) return css(mapping.color);
  return seriesColor({ ...config, color: config.color ?? { mode: 'thresholds' } }, index, value, bounds);
}

/** `{ prefix, text, suffix }` of a value: its mapping's text, else the number with its unit. */
export function display(value, config) {
  const mapping = mapped(value, config.mappings);
  if (mapping?.text) return { prefix: '', text: mapping.text, suffix: '', mapped: true };
  if (value === null || value === undefined) return { prefix: '', text: config.noValue ?? '–', suffix: '' };
  return parts(value, config.unit, config.decimals);
}

/** The same in one text. */
export function displayText(value, config) {
  const { prefix, text, suffix } = display(value, config);
  return text.startsWith('-') && prefix ? `-${prefix}${text.slice(1)}${suffix}` : `${prefix}${text}${suffix}`;
}
