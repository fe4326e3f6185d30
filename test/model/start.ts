import fc from 'fast-check';
import type { BackupConfig, ServiceBackup } from '../../src/api/kinds';
import type { Item } from '../../src/api/service-backup';
import { itemNames, typeOf } from '../../src/operator/items';
import { config as configOf, backup as declared } from '../operator/fixtures';

/** A Saturday, shortly before the tick of 06:00 UTC. */
export const BEGIN = Date.parse('2026-11-21T05:59:30Z');
export const ITEMS = ['a', 'b', 'c'] as const;
export const BUCKETS = ['x', 'y'] as const;
/** Of claims that a selector finds. */
export const LABELS = { app: 'x' };
export const NODES = ['node-1', 'node-2', 'node-3'] as const;
/** By which a run must be over when nothing happens any more: its deadline and one Job's, with room. */
export const RUN_DEADLINE_HOURS = 4;

/** What a history begins with. */
export interface Start {
  /** It has been backed up before: repository, snapshots and durations are known. */
  known: boolean;
  items: number;
  buckets: number;
  settings: Partial<BackupConfig['spec']['serviceBackup']>;
  /** At the end nodes that were lost come back. */
  heals: boolean;
  backoffLimit: number;
  /** There are keys of maintenance: others may not delete. */
  keys: boolean;
}

const settings = fc.record({
  jitterSeconds: fc.constantFrom(0, 120),
  maxParallelJobs: fc.constantFrom(1, 2),
  startingDeadlineSeconds: fc.constantFrom(undefined, 2 * 3600),
});

export const start: fc.Arbitrary<Start> = fc
  .record({
    known: fc.boolean(),
    items: fc.integer({ min: 0, max: 3 }),
    buckets: fc.constantFrom(0, 0, 1, 2),
    settings,
    heals: fc.boolean(),
    backoffLimit: fc.constantFrom(0, 1, 3),
  })
  // No choice of its own, so that histories stay what they are.
  .map((made) => ({ ...made, keys: made.backoffLimit === 1 }));

/** What is declared: so many claims, and so many buckets; one item at least. */
export const declaration = (items: number, buckets: number): Item[] => [
  ...ITEMS.slice(0, items === 0 && buckets === 0 ? 1 : items).map((name) => ({ type: 'pvc' as const, name })),
  ...BUCKETS.slice(0, buckets).map((name) => ({ type: 's3' as const, name })),
];

/** Checks and prunes are due at every other run, so that exclusive work is never far. */
const credentials = { accessKeyIDProperty: 'id', secretKeyProperty: 'key' };

export const theConfig = ({ settings, backoffLimit, keys }: Start): BackupConfig =>
  configOf({
    s3BackupConfig: {
      s3Host: 's3.example.net',
      s3Credentials: { secretName: 's3', ...credentials },
      ...(keys && { maintenanceCredentials: { secretName: 'maintenance', ...credentials } }),
    },
    schedule: '0 */6 * * *',
    check: { schedule: '0 */6 * * *' },
    prune: { schedule: '0 */12 * * *' },
    s3ServiceConfig: {
      s3Host: 's3.services.example.net',
      s3Credentials: { secretName: 'service-s3', ...credentials },
    },
    jobSpec: {
      backoffLimit,
      startDeadlineSeconds: 300,
      deadlineSeconds: 7200,
      nodeLostSeconds: 330,
      runDeadlineSeconds: RUN_DEADLINE_HOURS * 3600,
    },
    ...JSON.parse(JSON.stringify(settings)),
  });

export const theBackup = ({ known, items, buckets }: Start): ServiceBackup => {
  const backups = declaration(items, buckets);
  const names = itemNames({ metadata: { namespace: 'wiki' }, spec: { backups } });
  const made = declared([], {
    spec: { backups },
    ...(known && {
      status: {
        scheduledThrough: '2026-11-21T00:00:00Z',
        repository: { id: 'repo-id' },
        lastBackup: { run: 'earlier', state: 'Success', startedAt: EARLIER, timestamp: EARLIER },
        items: names.map((name, index) => ({
          type: typeOf(name),
          name,
          state: 'Success' as const,
          snapshot: 'ff'.repeat(8) + index,
          bytes: 1000,
          files: 10,
          seconds: 20 + index,
          lastSuccess: EARLIER,
        })),
      },
    }),
  });
  return { ...made, metadata: { ...made.metadata, creationTimestamp: EARLIER } };
};

const EARLIER = '2026-11-21T00:10:00Z';
