// What completes a LogQL query: labels and values of streams, stages, functions.
import * as loki from './loki.js';

const WORDS = {
  json: 'fields of a JSON line', logfmt: 'fields of key=value', regexp: 'fields of a regular expression', pattern: 'fields of a pattern', line_format: 'the line anew', label_format: 'labels anew', drop: 'labels away', keep: 'only these labels', unwrap: 'a label as the sample',
};
const FUNCTIONS = ['rate', 'count_over_time', 'bytes_rate', 'bytes_over_time', 'sum_over_time', 'avg_over_time', 'min_over_time', 'max_over_time', 'quantile_over_time', 'first_over_time', 'last_over_time', 'absent_over_time', 'sum', 'avg', 'min', 'max', 'count', 'topk', 'bottomk', 'vector'];

/** A function for `queryField`; `range()` says when. */
export function logqlOptions(range) {
  const span = () => ({ start: range().from, end: range().to });
  return async (place) => {
    if (place.kind === 'word') {
      return [...Object.entries(WORDS).map(([text, detail]) => ({ text, detail })), ...FUNCTIONS.map((text) => ({ text, detail: 'function', after: '(' }))];
    }
    if (place.kind === 'label') return (await loki.labels(span())).map((text) => ({ text, after: '="' }));
    const values = await loki.labelValues(place.label, { ...span(), query: place.match });
    return values.map((text) => ({ text: text.replaceAll('\\', '\\\\').replaceAll('"', '\\"'), after: '"' }));
  };
}
