// The style sheet's colours, as a canvas takes them: `light-dark()` resolved.

/** `rgb(…)` of a custom property that holds a colour. */
export function themeColor(name) {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  probe.hidden = true;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
