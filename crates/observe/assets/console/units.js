// Numbers with Grafana's units: how its panels write them, by the ids that its dashboards carry.

/** As many digits after the point as Grafana chooses when nobody says: about three figures. */
function decimalsFor(value) {
  if (value % 1 === 0) return 0;
  const size = Math.abs(value);
  let decimals = -Math.floor(Math.log10(size)) + 1;
  if (size / 10 ** -decimals > 2.25) decimals += 1;
  return Math.max(0, decimals);
}

/** `decimals` missing: chosen by size. */
export function fixed(value, decimals) {
  if (!Number.isFinite(value)) return infinite(value);
  const digits = Math.min(20, decimals ?? decimalsFor(value));
  const factor = 10 ** digits;
  const rounded = Math.round(value * factor) / factor;
  if (!Number.isFinite(rounded) || Math.abs(rounded) >= 1e21) return String(value);
  return (Object.is(rounded, -0) ? 0 : rounded).toFixed(digits);
}

function infinite(value) {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '-∞';
}

const plain = (suffix = '') => (value, decimals) => ({ text: fixed(value, decimals), suffix });

/** Steps of `factor`, with a name each; `offset` says which name is the unit itself. */
function scaled(factor, names, offset = 0) {
  return (value, decimals) => {
    if (!Number.isFinite(value)) return { text: infinite(value), suffix: '' };
    const exponent = value === 0 ? 0 : Math.floor(Math.log(Math.abs(value)) / Math.log(factor) + 1e-12);
    const step = Math.min(Math.max(exponent, -offset), names.length - 1 - offset);
    return { text: fixed(value / factor ** step, decimals), suffix: names[step + offset] };
  };
}

const SI = ['f', 'p', 'n', 'µ', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const IEC = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'];
const si = (unit, at = 0) => scaled(1000, SI.map((prefix) => ` ${prefix}${unit}`), 5 + at);
const sizes = (unit, at = 0) => scaled(1000, SI.slice(5).map((prefix) => ` ${prefix}${unit}`), at);
const binary = (unit, at = 0) => scaled(1024, IEC.map((prefix) => ` ${prefix}${unit}`), at);
const count = (unit) => scaled(1000, ['', ' K', ' M', ' B', ' T'].map((size) => `${size} ${unit}`));

function currency(symbol, { after = false } = {}) {
  const scale = scaled(1000, ['', 'K', 'M', 'B', 'T']);
  return (value, decimals) => {
    const { text, suffix } = scale(value, decimals);
    return after ? { text, suffix: `${suffix} ${symbol}` } : { prefix: symbol, text, suffix };
  };
}

/** From the largest; a number takes the first that it fills. */
const TIMES = [
  [31_536_000, ' years'],
  [604_800, ' weeks'],
  [86_400, ' days'],
  [3600, ' hours'],
  [60, ' mins'],
  [1, ' s'],
  [1e-3, ' ms'],
  [1e-6, ' µs'],
  [1e-9, ' ns'],
];

/** `unit`: how many seconds one is. */
const time = (unit) => (value, decimals) => {
  if (!Number.isFinite(value)) return { text: infinite(value), suffix: '' };
  const seconds = Math.abs(value * unit);
  const name = TIMES.find(([one]) => one === unit);
  if (seconds === 0) return { text: fixed(0, decimals), suffix: name[1] };
  const [one, suffix] = TIMES.find(([size]) => seconds >= size * (1 - 1e-9)) ?? TIMES.at(-1);
  return { text: fixed((value * unit) / one, decimals), suffix };
};

/** `1 day 2 hours`: the two largest parts. */
const duration = (unit) => (value) => {
  if (!Number.isFinite(value)) return { text: infinite(value), suffix: '' };
  let left = Math.abs(value * unit);
  const parts = [];
  for (const [size, name] of TIMES) {
    const whole = size === 1 ? Math.round(left) : Math.floor(left / size);
    if (size < 1 || parts.length === 2) break;
    if (whole > 0) parts.push(`${whole}${whole === 1 ? name.replace(/s$/, '') || name : name}`);
    left -= whole * size;
  }
  return { text: `${value < 0 ? '-' : ''}${parts.join(', ') || '0 s'}`, suffix: '' };
};

const yesNo = (yes, no) => (value) => ({ text: value ? yes : no, suffix: '' });
const moment = (write) => (value) => ({ text: Number.isFinite(value) ? write(new Date(value)) : infinite(value), suffix: '' });
const two = (number) => String(number).padStart(2, '0');
const day = (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
const clock = (date) => `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;

function ago(date) {
  const seconds = (Date.now() - date) / 1000;
  const { text, suffix } = time(1)(Math.abs(seconds), 0);
  return seconds >= 0 ? `${text}${suffix} ago` : `in ${text}${suffix}`;
}

const UNITS = {
  none: plain(),
  short: scaled(1000, ['', ' K', ' Mil', ' Bil', ' Tri', ' Quadr', ' Quint', ' Sext', ' Sept']),
  string: (value) => ({ text: String(value), suffix: '' }),
  sishort: si(''),
  percent: plain('%'),
  percentunit: (value, decimals) => ({ text: fixed(value * 100, decimals), suffix: '%' }),
  humidity: plain('%H'),
  dB: plain(' dB'),
  sci: (value, decimals) => ({ text: value.toExponential(decimals), suffix: '' }),
  hex: (value) => ({ text: Math.trunc(value).toString(16).toUpperCase(), suffix: '' }),
  hex0x: (value) => ({ text: `0x${Math.trunc(value).toString(16).toUpperCase()}`, suffix: '' }),
  locale: (value, decimals) => ({ text: value.toLocaleString(undefined, { maximumFractionDigits: decimals ?? 3 }), suffix: '' }),
  bool: yesNo('True', 'False'),
  bool_yes_no: yesNo('Yes', 'No'),
  bool_on_off: yesNo('On', 'Off'),
  ns: time(1e-9),
  µs: time(1e-6),
  ms: time(1e-3),
  s: time(1),
  m: time(60),
  h: time(3600),
  d: time(86_400),
  dtdurationms: duration(1e-3),
  dtdurations: duration(1),
  dthms: (value) => ({ text: hms(value), suffix: '' }),
  dateTimeAsIso: moment((date) => `${day(date)} ${clock(date)}`),
  dateTimeAsIsoNoDateIfToday: moment((date) => (day(date) === day(new Date()) ? clock(date) : `${day(date)} ${clock(date)}`)),
  dateTimeAsLocal: moment((date) => date.toLocaleString()),
  dateTimeFromNow: moment(ago),
  bits: binary('b'),
  bytes: binary('B'),
  kbytes: binary('B', 1),
  mbytes: binary('B', 2),
  gbytes: binary('B', 3),
  decbits: sizes('b'),
  decbytes: sizes('B'),
  deckbytes: sizes('B', 1),
  decmbytes: sizes('B', 2),
  decgbytes: sizes('B', 3),
  pps: sizes('p/s'),
  bps: sizes('b/s'),
  Bps: sizes('B/s'),
  KBs: sizes('B/s', 1),
  Kbits: sizes('b/s', 1),
  MBs: sizes('B/s', 2),
  Mbits: sizes('b/s', 2),
  binbps: binary('b/s'),
  binBps: binary('B/s'),
  cps: count('c/s'),
  ops: count('ops/s'),
  reqps: count('req/s'),
  rps: count('rd/s'),
  wps: count('wr/s'),
  iops: count('io/s'),
  eps: count('evt/s'),
  mps: count('msg/s'),
  recps: count('rec/s'),
  rowsps: count('rows/s'),
  cpm: count('c/m'),
  opm: count('ops/m'),
  reqpm: count('req/m'),
  rpm: count('rd/m'),
  wpm: count('wr/m'),
  hertz: si('Hz'),
  rothz: si('Hz'),
  celsius: plain(' °C'),
  fahrenheit: plain(' °F'),
  watt: si('W'),
  volt: si('V'),
  amp: si('A'),
  lengthm: si('m'),
  lengthkm: si('m', 1),
  currencyUSD: currency('$'),
  currencyMXN: currency('$'),
  currencyEUR: currency('€'),
  currencyGBP: currency('£'),
  currencyJPY: currency('¥'),
  currencyBRL: currency('R$'),
  currencyCAD: currency('CA$'),
  currencyCOP: currency('COL$'),
};

function hms(value) {
  const seconds = Math.floor(Math.abs(value));
  return `${value < 0 ? '-' : ''}${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** Units that carry their text in their id: `suffix:piezas`. */
function spelled(unit) {
  const at = unit.indexOf(':');
  if (at < 0) return undefined;
  const [kind, text] = [unit.slice(0, at), unit.slice(at + 1)];
  switch (kind) {
    case 'prefix':
      return (value, decimals) => ({ prefix: text, text: fixed(value, decimals), suffix: '' });
    case 'suffix':
      return plain(` ${text}`);
    case 'count':
      return count(text);
    case 'si': {
      const prefix = SI.indexOf(text[0]);
      return text.length > 1 && prefix >= 0 && text[0] !== '' ? si(text.slice(1), prefix - 5) : si(text);
    }
    case 'bool':
      return yesNo(...text.split('/'));
    case 'currency':
      return currency(text);
    case 'time':
      return UNITS.dateTimeAsIso;
    default:
      return undefined;
  }
}

/** `{ prefix, text, suffix }` of a number. An unknown unit is its own suffix, as in Grafana. */
export function parts(value, unit, decimals) {
  if (value === null || value === undefined) return { prefix: '', text: '', suffix: '' };
  if (typeof value !== 'number') return { prefix: '', text: String(value), suffix: '' };
  const write = UNITS[unit || 'none'] ?? spelled(unit) ?? plain(` ${unit}`);
  return { prefix: '', ...write(value, decimals ?? undefined) };
}

/** A number with its unit in one text. */
export function format(value, unit, decimals) {
  const { prefix, text, suffix } = parts(value, unit, decimals);
  return text.startsWith('-') && prefix ? `-${prefix}${text.slice(1)}${suffix}` : `${prefix}${text}${suffix}`;
}
