import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Prometheus, prometheus } from '../../../testbed/build/prometheus';
import { run } from '../../../testbed/machine/command';
import {
  at,
  type Cluster,
  failedNight,
  type Metrics,
  night,
  promtoolTest,
  type Story,
  seconds,
  WELL,
} from './alert-story';

const RULES = join(__dirname, '../../../docs/alerts.yaml');
const directory = mkdtempSync(join(tmpdir(), 'service-backup-alerts-'));
let programs: Prometheus;

beforeAll(async () => {
  programs = await prometheus();
}, 120_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('promtool finds nothing wrong with docs/alerts.yaml', async () => {
  expect(await run(programs.promtool, ['check', 'rules', RULES])).toMatch(/SUCCESS: \d+ rules found/);
});

/** A new item has no snapshot: then there is no time from which on every item has one. */
const newItem: Metrics = { last_success_timestamp_seconds: undefined };
const lastSuccess = WELL.last_success_timestamp_seconds;

const STORIES: Record<string, Story> = {
  'three days of a daily service that is well are silent': {
    length: at(3),
    steps: [[0, WELL], ...night(0), ...night(1), ...night(2)],
    fires: {},
  },
  'runs that fail are told of one by one, and by their age after two periods; a success ends it': {
    length: at(4),
    steps: [
      [0, WELL],
      ...failedNight(0, 1, lastSuccess),
      ...failedNight(1, 2, lastSuccess),
      ...failedNight(2, 3, lastSuccess),
      ...night(3),
    ],
    fires: {
      ServiceBackupLastRunFailed: [[at(0, 1, 45), at(3, 1, 40)]],
      // Two days after the last success, which was in the night before the story, and `for` 15 minutes.
      ServiceBackupTooOld: [[at(1, 1, 45 + 15), at(3, 1, 40)]],
      ServiceBackupRepeatedlyUnsuccessful: [[at(2, 1, 45), at(3, 1, 40)]],
    },
  },
  'the age that is too old is measured by the service’s own period': {
    length: at(1),
    steps: [
      [0, { ...WELL, period_seconds: 3600, last_success_timestamp_seconds: seconds(at(0, 0, 5)) }],
      [at(0, 1), { next_run_timestamp_seconds: seconds(at(1)) }],
    ],
    fires: { ServiceBackupTooOld: [[at(0, 2, 10 + 15)]] },
  },
  'a service that never had a backup is told of two periods after its declaration': {
    length: at(4),
    steps: [
      [
        0,
        {
          ...WELL,
          ...newItem,
          last_state: undefined,
          declared_timestamp_seconds: seconds(at(0, 0, 30)),
        },
      ],
      ...failedNight(0, 1, undefined),
      ...failedNight(1, 2, undefined),
      ...failedNight(2, 3, undefined),
      ...night(3),
    ],
    fires: {
      ServiceBackupNeverSucceeded: [[at(2, 0, 35 + 15), at(3, 1, 40)]],
      ServiceBackupLastRunFailed: [[at(0, 1, 45), at(3, 1, 40)]],
      ServiceBackupRepeatedlyUnsuccessful: [[at(2, 1, 45), at(3, 1, 40)]],
    },
  },
  'an item that is added to an old service is no fault before the next run': {
    length: at(2),
    steps: [[0, WELL], ...night(0), [at(0, 12), newItem], ...night(1)],
    fires: {},
  },
  'an item that is added and fails is told of': {
    length: at(2),
    steps: [[0, WELL], ...night(0), [at(0, 12), newItem], ...failedNight(1, 1, undefined)],
    fires: {
      ServiceBackupLastRunFailed: [[at(1, 1, 45)]],
      ServiceBackupNeverSucceeded: [[at(1, 1, 40 + 15)]],
    },
  },
  'a suspended service is silent, however old its backup': {
    length: at(3),
    steps: [[0, { ...WELL, suspended: 1, next_run_timestamp_seconds: undefined }]],
    fires: {},
  },
  'a suspended service that never had a backup is silent': {
    length: at(3),
    steps: [
      [
        0,
        {
          ...WELL,
          ...newItem,
          suspended: 1,
          last_state: undefined,
          next_run_timestamp_seconds: undefined,
        },
      ],
    ],
    fires: {},
  },
  'a run that fails while the schedule is suspended is told of: somebody started it': {
    length: at(1),
    steps: [
      [0, { ...WELL, suspended: 1, next_run_timestamp_seconds: undefined }],
      [at(0, 12), { last_state: 2, consecutive_failures: 1 }],
    ],
    fires: { ServiceBackupLastRunFailed: [[at(0, 12, 5)]] },
  },
  'a damaged repository is told of at once, until a check finds it whole': {
    length: at(2),
    steps: [
      [0, WELL],
      ...night(0, { last_state: 2, consecutive_failures: 1, repository_damaged: 1 }),
      ...night(1, { repository_damaged: 0 }),
    ],
    fires: {
      ServiceBackupRepositoryDamaged: [[at(0, 1, 40), at(1, 1, 40)]],
      ServiceBackupLastRunFailed: [[at(0, 1, 45), at(1, 1, 40)]],
    },
  },
  'a service whose BackupConfig is gone cannot run, and says so after 15 minutes': {
    length: at(2),
    steps: [
      [0, WELL],
      ...night(0),
      [at(0, 12), { ready: 0, next_run_timestamp_seconds: undefined, period_seconds: undefined }],
      [at(1), { ready: 1, next_run_timestamp_seconds: seconds(at(2)), period_seconds: seconds(at(1)) }],
    ],
    fires: { ServiceBackupNotReady: [[at(0, 12, 15), at(1)]] },
  },
  'a declaration of which the operator says nothing is not ready, either': {
    length: at(1),
    steps: [[at(0, 12), { declared_timestamp_seconds: seconds(at(0, 12)) }]],
    fires: { ServiceBackupNotReady: [[at(0, 12, 15)]] },
  },
  'a tick that passes without a run is overdue after an hour': {
    length: at(1),
    steps: [
      [0, WELL],
      [at(0, 6), { running: 1 }],
      [at(0, 7), { running: 0, next_run_timestamp_seconds: seconds(at(1)) }],
    ],
    fires: { ServiceBackupRunOverdue: [[at(0, 2, 35 + 5), at(0, 6)]] },
  },
  'a run that is under way over the next tick is not overdue, but stuck after a day': {
    length: at(2),
    steps: [
      [0, { ...WELL, last_success_timestamp_seconds: 0 }],
      [at(0, 1, 30), { running: 1 }],
      [at(1, 12), { running: 0, next_run_timestamp_seconds: seconds(at(2)) }],
    ],
    fires: { ServiceBackupRunStuck: [[at(1, 2, 30), at(1, 12)]] },
  },
  'a warning is told of, three in a row louder': {
    length: at(4),
    steps: [
      [0, WELL],
      ...night(0, { last_state: 1, consecutive_failures: 1 }),
      ...night(1, { last_state: 1, consecutive_failures: 2 }),
      ...night(2, { last_state: 1, consecutive_failures: 3 }),
      ...night(3),
    ],
    fires: {
      ServiceBackupLastRunWarned: [[at(0, 1, 45), at(3, 1, 40)]],
      ServiceBackupRepeatedlyUnsuccessful: [[at(2, 1, 45), at(3, 1, 40)]],
    },
  },
  'retention that is held is told of after three days': {
    length: at(4),
    steps: [
      [0, WELL],
      ...night(0, { retention_held: 1 }),
      ...night(1),
      ...night(2),
      ...night(3),
      [at(3, 12), { retention_held: 0 }],
    ],
    fires: { ServiceBackupRetentionHeld: [[at(3, 1, 40), at(3, 12)]] },
  },
};

const promtool = async (cluster: Cluster) => {
  const file = join(directory, 'test.json');
  writeFileSync(file, promtoolTest(cluster, RULES));
  await run(programs.promtool, ['test', 'rules', file]);
};

describe('the alerts of a ServiceBackup', () => {
  // One timeline for all stories takes seconds, one for each takes half a minute: they are told apart only when something is wrong.
  let wrong: Error | undefined;
  beforeAll(async () => {
    wrong = await promtool({ stories: STORIES }).then(
      () => undefined,
      (error: Error) => error,
    );
  }, 60_000);

  test.each(Object.entries(STORIES))('%s', async (name, story) => {
    if (wrong) await promtool({ stories: { [name]: story } });
  });

  test('are those of that service alone, whatever happens to others', () => {
    expect(wrong?.message).toBeUndefined();
  });

  test('outlive the operator’s pod: they do not begin anew with the next one', () =>
    promtool({
      stories: {
        wiki: {
          length: at(1),
          steps: [[0, { ...WELL, last_state: 2 }], ...failedNight(0, 1, lastSuccess)],
          fires: { ServiceBackupLastRunFailed: [[5]] },
        },
      },
      newPodAt: at(0, 12),
    }));
});

describe('the alert of the operator', () => {
  const wiki = { length: at(1), steps: [[0, WELL], ...night(0)], fires: {} } satisfies Story;

  test('is silent where nothing is declared', () => promtool({ stories: {} }));

  test('fires ten minutes after it was stopped, until it is back', () =>
    promtool({
      stories: { wiki },
      operator: [
        [0, 1],
        [at(0, 12), undefined],
        [at(0, 18), 1],
      ],
      fires: { ServiceBackupOperatorAbsent: [[at(0, 12, 10), at(0, 18)]] },
    }));

  test('fires when it is there and never gets to see the cluster', () =>
    promtool({
      stories: {},
      operator: [[0, 0]],
      fires: { ServiceBackupOperatorAbsent: [[10]] },
    }));
});
