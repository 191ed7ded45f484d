// Grafana's colours by name, and its palettes.

const SHADES = {
  red: ['#C4162A', '#E02F44', '#F2495C', '#FF7383', '#FFA6B0'],
  orange: ['#FA6400', '#FF780A', '#FF9830', '#FFB357', '#FFCB7D'],
  yellow: ['#E0B400', '#F2CC0C', '#FADE2A', '#FFEE52', '#FFF899'],
  green: ['#37872D', '#56A64B', '#73BF69', '#96D98D', '#C8F2C2'],
  blue: ['#1F60C4', '#3274D9', '#5794F2', '#8AB8FF', '#C0D8FF'],
  purple: ['#8F3BB8', '#A352CC', '#B877D9', '#CA95E5', '#DEB6F2'],
};
const PREFIXES = ['dark-', 'semi-dark-', '', 'light-', 'super-light-'];

const NAMED = new Map([
  ...Object.entries(SHADES).flatMap(([name, shades]) => shades.map((shade, at) => [PREFIXES[at] + name, shade])),
  ['text', 'var(--ink)'],
  ['transparent', 'transparent'],
  ['white', '#ffffff'],
  ['black', '#000000'],
  ['gray', '#8e8e8e'],
  ['grey', '#8e8e8e'],
]);

/** `palette-classic`. */
export const CLASSIC = [
  '#7EB26D', '#EAB839', '#6ED0E0', '#EF843C', '#E24D42', '#1F78C1', '#BA43A9', '#705DA0', '#508642', '#CCA300',
  '#447EBC', '#C15C17', '#890F02', '#0A437C', '#6D1F62', '#584477', '#B7DBAB', '#F4D598', '#70DBED', '#F9BA8F',
  '#F29191', '#82B5D8', '#E5A8E2', '#AEA2E0', '#629E51', '#E5AC0E', '#64B0C8', '#E0752D', '#BF1B00', '#0A50A1',
];

/** The stops of `continuous-…` modes. */
const CONTINUOUS = {
  'continuous-GrYlRd': ['green', 'yellow', 'red'],
  'continuous-RdYlGr': ['red', 'yellow', 'green'],
  'continuous-BlYlRd': ['dark-blue', 'super-light-yellow', 'dark-red'],
  'continuous-YlRd': ['super-light-yellow', 'dark-red'],
  'continuous-BlPu': ['blue', 'purple'],
  'continuous-YlBl': ['super-light-yellow', 'dark-blue'],
  'continuous-blues': ['#C0D8FF', 'dark-blue'],
  'continuous-reds': ['#FFA6B0', 'dark-red'],
  'continuous-greens': ['#C8F2C2', 'dark-green'],
  'continuous-purples': ['#DEB6F2', 'dark-purple'],
};

/** A colour of a dashboard as CSS takes it. What is no colour at all becomes grey. */
export function css(color) {
  if (!color) return '#8e8e8e';
  if (NAMED.has(color)) return NAMED.get(color);
  return /^(#[\da-f]{3,8}|(rgb|hsl)a?\([\d\s.,%/]+\))$/i.test(color) ? color : '#8e8e8e';
}

/** Colour number `at` of the classic palette, which begins anew when it ends. */
export const classic = (at) => CLASSIC[at % CLASSIC.length];

function channels(color) {
  const hex = css(color).slice(1);
  return [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}

/** Between stops: `share` from 0 to 1. */
export function blend(stops, share) {
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  const [from, to] = [channels(stops[low]), channels(stops[low + 1])];
  return `rgb(${from.map((channel, n) => Math.round(channel + (to[n] - channel) * (at - low))).join(', ')})`;
}

/** The colour of a value of a continuous mode. */
export function continuous(mode, value, min, max) {
  const stops = CONTINUOUS[mode];
  if (!stops) return undefined;
  return blend(stops, max > min ? (value - min) / (max - min) : 0);
}

/** Black or white, whichever reads better on a colour. */
export function onColor(color) {
  const match = /rgb\((\d+), (\d+), (\d+)\)/.exec(color);
  const [red, green, blue] = match ? match.slice(1).map(Number) : channels(color);
  const linear = (channel) => ((channel / 255 + 0.055) / 1.055) ** 2.4;
  const luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  return luminance > 0.179 ? '#000000' : '#ffffff';
}
