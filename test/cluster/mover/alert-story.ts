import { ALERTS } from '../../../src/constructs/alerts';

/** Prometheus scrapes and evaluates so often, in minutes. The coarsest step at which no sample counts as stale. */
export const STEP = 5;

/** Minutes from the beginning of a story: multiples of STEP. */
export const at = (day: number, hour = 0, minute = 0): number => (day * 24 + hour) * 60 + minute;
/** The same as a timestamp or a duration of Prometheus. */
export const seconds = (minutes: number): number => minutes * 60;

/** What the operator exports of a ServiceBackup, without the prefix `service_backup_`. Undefined: no such series. */
export type Metrics = Record<string, number | undefined>;
/** From that minute on these metrics are so; the others stay. */
export type Step = readonly [minute: number, metrics: Metrics];

/** A daily ServiceBackup that was declared a month ago and backed up in the night before the story, at 01:40. */
export const WELL: Metrics = {
  declared_timestamp_seconds: seconds(at(-30)),
  period_seconds: seconds(at(1)),
  ready: 1,
  suspended: 0,
  running: 0,
  last_state: 0,
  last_success_timestamp_seconds: seconds(at(-1, 1, 40)),
  next_run_timestamp_seconds: seconds(at(0, 1, 30)),
  consecutive_failures: 0,
  retention_held: 0,
  repository_damaged: 0,
};

/** The run of a night, from 01:30 to 01:40: a success, unless `end` says otherwise. */
export const night = (day: number, end: Metrics = {}): Step[] => [
  [at(day, 1, 30), { running: 1, next_run_timestamp_seconds: seconds(at(day + 1, 1, 30)) }],
  [
    at(day, 1, 40),
    {
      running: 0,
      last_state: 0,
      last_success_timestamp_seconds: seconds(at(day, 1, 40)),
      consecutive_failures: 0,
      ...end,
    },
  ],
];

/** A night that made no snapshot. */
export const failedNight = (day: number, failures: number, lastSuccess: number | undefined): Step[] =>
  night(day, {
    last_state: 2,
    last_success_timestamp_seconds: lastSuccess,
    consecutive_failures: failures,
  });

/** From when to when an alert fires (minutes; the second is the first silent one); without an end, to the end of the story. */
type Fires = Record<string, readonly (readonly [from: number, to?: number])[]>;

/** What happens to one ServiceBackup, and which alerts must come of it: no other ever does. */
export interface Story {
  length: number;
  steps: readonly Step[];
  fires: Fires;
}

/** A cluster in which all the stories happen side by side; each key is the namespace of a ServiceBackup `backup`. */
export interface Cluster {
  stories: Record<string, Story>;
  /** 1 ready, 0 not, undefined: not there, and nothing that it exports. @default - ready throughout */
  operator?: readonly (readonly [minute: number, ready: number | undefined])[];
  /** Of alerts that are the operator's. */
  fires?: Fires;
  /** When the operator's pod is replaced by another. @default - never */
  newPodAt?: number;
}

type Value = number | undefined;

/** The value at every scrape. */
function scraped(steps: readonly (readonly [number, Value])[], length: number): Value[] {
  return Array.from({ length: length / STEP }, (_, n) => steps.findLast(([from]) => from <= n * STEP)?.[1]);
}

/** In promtool's notation: `3x4` is five times 3; `stale` ends a series, as a scrape without it does. */
function notation(values: readonly Value[]): string {
  const parts: string[] = [];
  for (let from = 0; from < values.length; ) {
    const value = values[from];
    const next = values.findIndex((other, n) => n > from && other !== value);
    const to = next < 0 ? values.length : next;
    const times = to - from - 1;
    if (value !== undefined) parts.push(`${value}x${times}`);
    else parts.push(from > 0 ? 'stale' : '_', ...(times > 0 ? [`_x${times}`] : []));
    from = to;
  }
  return parts.join(' ');
}

function inputSeries({ stories, operator = [[0, 1]], newPodAt = Infinity }: Cluster, length: number) {
  const ready = scraped(operator, length);
  const all = [{ metric: 'operator_ready', labels: '', values: ready }];
  for (const [namespace, story] of Object.entries(stories))
    for (const metric of new Set(story.steps.flatMap(([, metrics]) => Object.keys(metrics)))) {
      const changes = story.steps.flatMap(([minute, metrics]) =>
        metric in metrics ? [[minute, metrics[metric]] as const] : [],
      );
      const values = scraped([...changes, [story.length, undefined]], length);
      all.push({
        metric,
        labels: `,namespace="${namespace}",name="backup"`,
        values: values.map((value, n) => (ready[n] === undefined ? undefined : value)),
      });
    }
  return all.flatMap(({ metric, labels, values }) => {
    const pod = (name: string, lives: (minute: number) => boolean) => ({
      series: `service_backup_${metric}{pod="${name}"${labels}}`,
      values: notation(values.map((value, n) => (lives(n * STEP) ? value : undefined))),
    });
    const first = pod('first', (minute) => minute < newPodAt);
    return newPodAt < length ? [first, pod('second', (minute) => minute >= newPodAt)] : [first];
  });
}

const edgesOf = (fires: Fires): number[] =>
  Object.values(fires)
    .flat(2)
    .flatMap((edge) => (edge === undefined ? [] : [edge - STEP, edge]));

/** Every alert is asked for at every hour, and just before and at each beginning and end. */
function questions({ stories, fires: ofOperator = {} }: Cluster, length: number) {
  const hours = Array.from({ length: length / 60 }, (_, hour) => hour * 60);
  const edges = [ofOperator, ...Object.values(stories).map(({ fires }) => fires)].flatMap(edgesOf);
  const fired = (fires: Fires, alert: string, end: number, time: number) =>
    fires[alert]?.some(([from, to = end]) => from <= time && time < to);

  return ALERTS.rules.flatMap(({ alert, labels, annotations }) => {
    const expected = (names: Record<string, string>) => ({
      exp_labels: { ...labels, ...names },
      exp_annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, text]) => [
          key,
          text.replaceAll(/{{ \$labels\.(\w+) }}/g, (_, label) => names[label] ?? ''),
        ]),
      ),
    });
    return [...new Set([...hours, ...edges])].map((time) => ({
      alertname: alert,
      eval_time: `${time}m`,
      exp_alerts: [
        ...(fired(ofOperator, alert, length, time) ? [expected({})] : []),
        ...Object.entries(stories)
          .filter(([, story]) => fired(story.fires, alert, story.length, time))
          .map(([namespace]) => expected({ namespace, name: 'backup' })),
      ],
    }));
  });
}

/** What `promtool test rules` reads; JSON is YAML. */
export function promtoolTest(cluster: Cluster, rulesFile: string): string {
  const length = Math.max(...Object.values(cluster.stories).map((story) => story.length), at(1));
  const tests = [
    {
      interval: `${STEP}m`,
      input_series: inputSeries(cluster, length),
      alert_rule_test: questions(cluster, length),
    },
  ];
  return JSON.stringify({ rule_files: [rulesFile], evaluation_interval: `${STEP}m`, tests });
}
