// A small line without axes.
import { svg } from './dom.js';

/** `points`: `[[time, value]…]`; times between `from` and `to`. */
export function sparkline(points, { from, to }) {
  const there = points.filter(([, value]) => Number.isFinite(value));
  if (there.length < 2) return null;
  const values = there.map(([, value]) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (time) => (((time - from) / (to - from || 1)) * 100).toFixed(2);
  const y = (value) => (high === low ? 15 : 28 - ((value - low) / (high - low)) * 26).toFixed(2);
  const path = `M${there.map(([time, value]) => `${x(time)} ${y(value)}`).join('L')}`;
  return svg('svg', { class: 'sparkline', viewBox: '0 0 100 30', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, svg('path', { d: path, fill: 'none', stroke: 'currentColor', 'stroke-width': '1.5', 'vector-effect': 'non-scaling-stroke' }));
}
