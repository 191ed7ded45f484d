// The words of PromQL, with what each does.

export const FUNCTIONS = {
  abs: 'absolute value', absent: '1 when there is nothing', absent_over_time: '1 when there was nothing', acos: '', acosh: '', asin: '', asinh: '', atan: '', atanh: '',
  avg_over_time: 'mean over the range', ceil: 'rounded up', changes: 'how often it changed', clamp: 'kept between two values', clamp_max: 'at most', clamp_min: 'at least', cos: '', cosh: '',
  count_over_time: 'number of samples', day_of_month: '', day_of_week: '', day_of_year: '', days_in_month: '', deg: '', delta: 'difference over the range (gauges)', deriv: 'slope a second (gauges)',
  double_exponential_smoothing: 'smoothed value', exp: '', floor: 'rounded down', histogram_avg: '', histogram_count: '', histogram_fraction: '', histogram_quantile: 'quantile of a histogram', histogram_stddev: '', histogram_stdvar: '', histogram_sum: '',
  hour: '', idelta: 'difference of the last two samples', increase: 'increase over the range (counters)', irate: 'rate of the last two samples', label_join: 'labels joined into one', label_replace: 'label made of another',
  last_over_time: 'last sample of the range', ln: '', log10: '', log2: '', mad_over_time: '', max_over_time: 'largest of the range', min_over_time: 'smallest of the range', minute: '', month: '', pi: '',
  predict_linear: 'value in so many seconds', present_over_time: '1 when there was something', quantile_over_time: 'quantile of the range', rad: '', rate: 'increase a second (counters)', resets: 'how often a counter began anew', round: '',
  scalar: '', sgn: '', sin: '', sinh: '', sort: '', sort_by_label: '', sort_by_label_desc: '', sort_desc: '', sqrt: '', stddev_over_time: '', stdvar_over_time: '', sum_over_time: 'sum over the range', tan: '', tanh: '',
  time: 'now, in seconds', timestamp: 'when the sample was taken', vector: '', year: '',
};

export const AGGREGATIONS = ['avg', 'bottomk', 'count', 'count_values', 'group', 'limitk', 'max', 'min', 'quantile', 'stddev', 'stdvar', 'sum', 'topk'];

export const KEYWORDS = ['and', 'bool', 'by', 'group_left', 'group_right', 'ignoring', 'offset', 'on', 'or', 'unless', 'without'];
