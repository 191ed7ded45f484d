// The kinds of panels there are. One draws into its body from what its queries answered and returns how to end it, or nothing.
import { bargauge } from './bargauge.js';
import { gauge } from './gauge.js';
import { heatmap } from './heatmap.js';
import { logs } from './logs.js';
import { stat } from './stat.js';
import { table } from './table.js';
import { text } from './text.js';
import { timeseries } from './timeseries.js';

export const PANELS = { timeseries, stat, gauge, bargauge, table, logs, heatmap, text };

/** Whether a kind needs no data. */
export const isStill = (type) => type === 'text';
