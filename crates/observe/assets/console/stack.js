// Series on top of each other.

/** `values` to draw, which of them are stacked, and `bands`: pairs of series with a filled area between them. */
export function stacked(series) {
  const groups = new Map();
  const values = series.map((one) => (one.config.custom?.transform === 'negative-Y' ? one.values.map((value) => (value === null || value === undefined ? value : -value)) : one.values));
  series.forEach(({ config }, at) => {
    const { mode = 'none', group = 'A' } = config.custom?.stacking ?? {};
    if (mode === 'none') return;
    const key = `${group}|${config.custom?.transform ?? ''}|${config.unit ?? ''}`;
    if (!groups.has(key)) groups.set(key, { mode, members: [] });
    groups.get(key).members.push(at);
  });
  const isStacked = new Array(series.length).fill(false);
  const bands = [];
  for (const { mode, members } of groups.values()) {
    const length = values[members[0]].length;
    const totals = new Array(length).fill(0);
    if (mode === 'percent') for (const at of members) values[at].forEach((value, n) => (totals[n] += value ?? 0));
    const sums = new Array(length).fill(0);
    members.forEach((at, level) => {
      values[at] = values[at].map((value, n) => {
        if (value === null || value === undefined) return level ? sums[n] || null : value;
        sums[n] += mode === 'percent' ? (totals[n] ? value / totals[n] : 0) : value;
        return sums[n];
      });
      // The lowest is filled down to nothing by itself.
      if (level) {
        isStacked[at] = true;
        bands.push([at, members[level - 1]]);
      }
    });
  }
  return { values, isStacked, bands };
}
