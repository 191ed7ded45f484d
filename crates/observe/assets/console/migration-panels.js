// Old kinds of panels as those that replaced them.

const KINDS = { graph: fromGraph, singlestat: fromSinglestat, 'grafana-singlestat-panel': fromSinglestat, 'table-old': fromTable };

/** A panel in today's schema. A kind that is neither old nor known stays as it is. */
export function migratePanel(panel) {
  const out = { gridPos: { x: 0, y: 0, w: 12, h: 8 }, ...panel };
  if (out.type === 'table' && Array.isArray(out.styles)) return fromTable(out);
  if (out.type === 'text' && out.content !== undefined && !out.options?.content) {
    out.options = { ...out.options, mode: out.mode ?? 'markdown', content: out.content };
  }
  if (out.type === 'heatmap' && out.dataFormat) out.options = { calculate: out.dataFormat !== 'tsbuckets', ...out.options };
  return KINDS[out.type]?.(out) ?? out;
}

/** Old names of calculations. */
const CALCS = { current: 'lastNotNull', avg: 'mean', total: 'sum', name: 'lastNotNull', last_time: 'lastNotNull', delta: 'delta', diff: 'diff', range: 'range', first: 'firstNotNull', min: 'min', max: 'max' };

function fromGraph(panel) {
  const { yaxes = [], xaxis, lines = true, bars, points, linewidth = 1, fill = 1, stack, percentage, steppedLine, nullPointMode, legend = {}, seriesOverrides = [], aliasColors = {}, thresholds = [], ...rest } = panel;
  const [left = {}] = yaxes;
  const custom = {
    drawStyle: bars ? 'bars' : lines ? 'line' : 'points',
    lineWidth: lines ? linewidth : 0,
    fillOpacity: bars ? 100 : fill * 10,
    lineInterpolation: steppedLine ? 'stepAfter' : 'linear',
    showPoints: points ? 'always' : 'never',
    spanNulls: nullPointMode === 'connected',
    stacking: { mode: stack ? (percentage ? 'percent' : 'normal') : 'none', group: 'A' },
  };
  if (left.logBase > 1) custom.scaleDistribution = { type: 'log', log: left.logBase };
  if (left.label) custom.axisLabel = left.label;
  const defaults = { custom, unit: left.format ?? 'short', color: { mode: 'palette-classic' } };
  copyNumber(left, 'min', defaults);
  copyNumber(left, 'max', defaults);
  copyNumber(left, 'decimals', defaults);
  const marks = thresholds.filter((mark) => Number.isFinite(Number(mark.value)));
  if (marks.length) {
    const color = { critical: 'red', warning: 'orange', ok: 'green' };
    const steps = marks.map((mark) => ({ value: Number(mark.value), color: color[mark.colorMode] ?? mark.lineColor ?? 'red' }));
    defaults.thresholds = { mode: 'absolute', steps: [{ value: null, color: 'transparent' }, ...steps] };
    custom.thresholdsStyle = { mode: 'line' };
  }
  const calcs = Object.keys(CALCS).filter((old) => legend.values && legend[old] === true);
  return {
    ...rest,
    type: xaxis?.mode && xaxis.mode !== 'time' ? `graph (${xaxis.mode})` : 'timeseries',
    fieldConfig: { defaults, overrides: [...colors(aliasColors), ...seriesOverrides.map(override)] },
    options: {
      legend: {
        showLegend: legend.show !== false,
        displayMode: legend.alignAsTable ? 'table' : 'list',
        placement: legend.rightSide ? 'right' : 'bottom',
        calcs: calcs.map((old) => CALCS[old]),
      },
      tooltip: { mode: panel.tooltip?.shared === false ? 'single' : 'multi', sort: ['none', 'asc', 'desc'][panel.tooltip?.sort ?? 0] },
    },
  };
}

const colors = (aliases) =>
  Object.entries(aliases).map(([name, fixedColor]) => ({
    matcher: { id: 'byName', options: name },
    properties: [{ id: 'color', value: { mode: 'fixed', fixedColor } }],
  }));

function override(old) {
  const properties = [];
  if (old.color) properties.push({ id: 'color', value: { mode: 'fixed', fixedColor: old.color } });
  if (old.fill !== undefined) properties.push({ id: 'custom.fillOpacity', value: old.fill * 10 });
  if (old.linewidth !== undefined) properties.push({ id: 'custom.lineWidth', value: old.linewidth });
  if (old.bars) properties.push({ id: 'custom.drawStyle', value: 'bars' });
  if (old.yaxis === 2) properties.push({ id: 'custom.axisPlacement', value: 'right' });
  if (old.stack === false) properties.push({ id: 'custom.stacking', value: { mode: 'none' } });
  if (old.transform === 'negative-Y') properties.push({ id: 'custom.transform', value: 'negative-Y' });
  const alias = old.alias ?? '';
  const matcher = alias.startsWith('/') ? { id: 'byRegexp', options: alias } : { id: 'byName', options: alias };
  return { matcher, properties };
}

function fromSinglestat(panel) {
  const { valueName, format, decimals, prefix, postfix, thresholds, colors = ['#299c46', 'rgba(237, 129, 40, 0.89)', '#d44a3a'], colorBackground, colorValue, valueMaps, rangeMaps, mappingType, gauge, sparkline, nullText, ...rest } = panel;
  const limits = String(thresholds ?? '').split(',').map((text) => text.trim()).filter(Boolean).map(Number);
  const steps = [{ value: null, color: colors[0] }, ...limits.map((value, at) => ({ value, color: colors[at + 1] ?? colors.at(-1) }))];
  const unit = postfix && (!format || format === 'none') ? `suffix:${postfix.trim()}` : prefix && (!format || format === 'none') ? `prefix:${prefix}` : format;
  const defaults = { unit, thresholds: { mode: 'absolute', steps }, mappings: maps({ valueMaps, rangeMaps, mappingType }), color: { mode: 'thresholds' } };
  if (nullText) defaults.noValue = nullText;
  copyNumber({ decimals }, 'decimals', defaults);
  if (gauge?.show) {
    copyNumber({ min: gauge.minValue }, 'min', defaults);
    copyNumber({ max: gauge.maxValue }, 'max', defaults);
  }
  return {
    ...rest,
    type: gauge?.show ? 'gauge' : 'stat',
    fieldConfig: { defaults, overrides: [] },
    options: {
      reduceOptions: { calcs: [CALCS[valueName] ?? 'mean'], fields: '', values: false },
      colorMode: colorBackground ? 'background' : colorValue ? 'value' : 'none',
      graphMode: sparkline?.show ? 'area' : 'none',
      orientation: 'horizontal',
      textMode: valueName === 'name' ? 'name' : 'auto',
    },
  };
}

function maps({ valueMaps = [], rangeMaps = [], mappingType }) {
  if (mappingType === 2) {
    return rangeMaps.map(({ from, to, text }) => (from === 'null' ? nothing(text) : { type: 'range', options: { from: Number(from), to: Number(to), result: { text } } }));
  }
  return valueMaps.map(({ value, text }) => (value === 'null' ? nothing(text) : { type: 'value', options: { [value]: { text } } }));
}

const nothing = (text) => ({ type: 'special', options: { match: 'null', result: { text } } });

/** Columns by their patterns: the alias, the unit, the digits; hidden ones go. */
function fromTable(panel) {
  const { styles = [], transform, columns, ...rest } = panel;
  const overrides = styles.filter((style) => style.pattern).map((style) => {
    const properties = [];
    if (style.alias) properties.push({ id: 'displayName', value: style.alias });
    if (style.type === 'hidden') properties.push({ id: 'custom.hidden', value: true });
    if (style.unit) properties.push({ id: 'unit', value: style.unit });
    if (Number.isFinite(style.decimals)) properties.push({ id: 'decimals', value: style.decimals });
    const regex = style.pattern.startsWith('/');
    return { matcher: { id: regex ? 'byRegexp' : 'byName', options: style.pattern }, properties };
  });
  const merge = (rest.targets ?? []).length > 1 ? [{ id: 'merge', options: {} }] : [];
  return { ...rest, type: 'table', fieldConfig: { defaults: {}, overrides }, transformations: rest.transformations ?? merge, options: { ...rest.options } };
}

function copyNumber(from, key, to) {
  const value = from[key];
  if (value !== undefined && value !== null && value !== '' && Number.isFinite(Number(value))) to[key] = Number(value);
}
