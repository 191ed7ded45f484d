// Breakers and migrations, as far as metrics tell of them.
import { failure, h, replace } from '../dom.js';
import { every } from '../every.js';
import { instant, number } from '../prometheus.js';
import { t } from '../texts.js';
import { format } from '../units.js';

/** By the value of `circuit_breaker_state`. */
const BREAKER = [
  ['good', 'cerrado', 'closed'],
  ['warn', 'semiabierto', 'half-open'],
  ['bad', 'abierto', 'open'],
  ['bad', 'abierto a mano', 'forced open'],
  ['warn', 'cerrado a mano', 'forced closed'],
  ['soft', 'solo mide', 'metrics only'],
];

/** By the label `state` of `supervisor_process_state`. */
const SUPERVISED = { ready: 'good', crash_loop: 'bad', stopped: 'soft' };

/** Each part: its title, its query, its table. A part without series is not shown. */
const PARTS = [
  {
    title: ['Cortacircuitos', 'Circuit breakers'],
    query: 'max by (job, instance, dependency) (circuit_breaker_state)',
    head: [['Dependencia', 'Dependency'], ['Proceso', 'Process'], ['Estado', 'State']],
    row: ({ metric, value }) => {
      const [tone, es, en] = BREAKER[number(value[1])] ?? ['soft', value[1], value[1]];
      return [metric.dependency, process(metric), h('span', { class: `state ${tone}` }, t(es, en))];
    },
  },
  {
    title: ['Llamadas de la última hora', 'Calls of the last hour'],
    query: 'sum by (dependency, outcome) (increase(circuit_breaker_calls_total[1h])) > 0',
    head: [['Dependencia', 'Dependency'], ['Resultado', 'Outcome'], ['Llamadas', 'Calls']],
    row: ({ metric, value }) => [metric.dependency, metric.outcome, format(number(value[1]), 'short', 0)],
  },
  {
    title: ['Migraciones del esquema', 'Schema migrations'],
    query: 'max by (job, service) (db_migrations_pending)',
    head: [['Proceso', 'Process'], ['Estado', 'State'], ['Pendientes', 'Pending']],
    row: ({ metric, value }) => {
      const pending = number(value[1]);
      return [metric.service ?? metric.job, h('span', { class: `state ${pending ? 'warn' : 'good'}` }, pending ? t('pendientes', 'pending') : t('al día', 'up to date')), format(pending, 'short', 0)];
    },
  },
  {
    title: ['Procesos bajo el supervisor', 'Processes under the supervisor'],
    query: 'max by (process, state) (supervisor_process_state) == 1',
    head: [['Proceso', 'Process'], ['Estado', 'State']],
    row: ({ metric }) => [metric.process, h('span', { class: `state ${SUPERVISED[metric.state] ?? 'warn'}` }, metric.state)],
  },
  {
    title: ['Compilaciones en marcha', 'Versions running'],
    query: 'max by (job, service, version, commit) (build_info)',
    head: [['Proceso', 'Process'], ['Número', 'Version'], ['Cambio', 'Commit']],
    row: ({ metric }) => [metric.service ?? metric.job, metric.version ?? '–', h('code', null, metric.commit ?? '–')],
  },
];

const process = ({ job, instance }) => [job, instance].filter(Boolean).join(' · ');

export async function show(place) {
  await every(15_000, async () => {
    const answers = await Promise.allSettled(PARTS.map((part) => instant(part.query)));
    const shown = PARTS.map((part, at) => view(part, answers[at])).filter(Boolean);
    replace(place, shown.length ? shown : h('p', { class: 'empty' }, t('Ningún proceso habla todavía de cortacircuitos ni de migraciones.', 'No process tells of breakers or migrations yet.')));
  });
}

function view({ title, head, row }, { status, value, reason }) {
  if (status === 'rejected') return h('section', { class: 'card' }, h('h2', null, t(...title)), failure(reason));
  if (!value.result.length) return null;
  return h(
    'section',
    null,
    h('h2', null, t(...title)),
    h('div', { class: 'scroll card', tabindex: '0', role: 'region', 'aria-label': t(...title) }, h('table', null, h('thead', null, h('tr', null, head.map((words) => h('th', { scope: 'col' }, t(...words))))), h('tbody', null, value.result.map((one) => h('tr', null, row(one).map((cell) => h('td', null, cell))))))),
  );
}
