// Which of many exemplars are worth a dot.

/** Of each slice of time the slowest one, and of the rest none: what somebody looks for is up there. Times in seconds. */
export function sparse(exemplars, { from, to, slots }) {
  const best = new Map();
  for (const exemplar of exemplars) {
    if (exemplar.time < from || exemplar.time > to || !Number.isFinite(exemplar.value)) continue;
    const slot = Math.floor(((exemplar.time - from) / (to - from || 1)) * Math.max(1, slots));
    const known = best.get(slot);
    if (!known || exemplar.value > known.value) best.set(slot, exemplar);
  }
  return [...best.values()];
}
