// From which value on something has which colour.

/** Steps by value, the base first. */
export function steps(thresholds) {
  const all = thresholds?.steps ?? [];
  return all
    .map(({ value, color }) => ({ value: value === null || value === undefined ? -Infinity : Number(value), color }))
    .sort((a, b) => a.value - b.value);
}

/** The values of steps that are shares of the way from `min` to `max`. */
export function absolute(thresholds, min = 0, max = 100) {
  if (thresholds?.mode !== 'percentage') return steps(thresholds);
  return steps(thresholds).map((step) => ({ ...step, value: Number.isFinite(step.value) ? min + (step.value / 100) * (max - min) : step.value }));
}

/** The step a value has reached; the lowest for what is below all of them and for what is no number. */
export function stepOf(value, thresholds, min, max) {
  const all = absolute(thresholds, min, max);
  let reached = all[0];
  for (const step of all) if (typeof value === 'number' && value >= step.value) reached = step;
  return reached;
}
