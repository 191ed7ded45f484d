// What completes a PromQL query: names, labels and values that there are.
import * as prometheus from './prometheus.js';
import { AGGREGATIONS, FUNCTIONS, KEYWORDS } from './promql-words.js';

/** Values of a label offered at a time. */
const MOST = 2000;

/** A function for `queryField`; `range()` says when. */
export function promqlOptions(range) {
  let names;
  const span = () => ({ start: range().from / 1000, end: range().to / 1000, limit: MOST });
  const words = async () => {
    names ??= Promise.all([prometheus.labelValues('__name__', { limit: 20_000 }), prometheus.metadata().catch(() => ({}))]).catch((error) => {
      names = undefined;
      throw error;
    });
    const [metrics, metadata] = await names;
    return [
      ...metrics.map((text) => ({ text, detail: about(metadata, text) })),
      ...Object.entries(FUNCTIONS).map(([text, detail]) => ({ text, detail: detail || 'function', after: '(' })),
      ...AGGREGATIONS.map((text) => ({ text, detail: 'aggregation' })),
      ...KEYWORDS.map((text) => ({ text, detail: 'keyword' })),
    ];
  };
  return async (place) => {
    if (place.kind === 'word') return words();
    const match = place.match ? { 'match[]': place.match } : {};
    if (place.kind === 'label') {
      const labels = await prometheus.labels({ ...match, ...span() });
      return labels.filter((text) => text !== '__name__').map((text) => ({ text }));
    }
    const values = await prometheus.labelValues(place.label, { ...match, ...span() });
    return values.map((text) => ({ text: text.replaceAll('\\', '\\\\').replaceAll('"', '\\"'), after: '"' }));
  };
}

/** Kind and help of a metric; a histogram's series have those of the histogram. */
function about(metadata, name) {
  const [entry] = metadata[name] ?? metadata[name.replace(/_(bucket|count|sum|total)$/, '')] ?? [];
  return entry ? `${entry.type} · ${entry.help}` : '';
}
