import { inspect } from 'node:util';
import type { TSchema } from '@sinclair/typebox';
import fc from 'fast-check';
import { backupConfigSpec } from '../../src/api/backup-config';
import { TASK_VARIABLE } from '../../src/api/group';
import type { BackupConfig, ServiceBackup } from '../../src/api/kinds';
import { misfitOf } from '../../src/api/misfit';
import { decodeOutcome } from '../../src/api/outcome';
import { decodeReportLine } from '../../src/api/report';
import { serviceBackupSpec, serviceBackupStatus } from '../../src/api/service-backup';
import { task } from '../../src/api/task';
import { Fault } from '../../src/mover/fault';
import { taskFrom } from '../../src/mover/task-from';
import { fitting, misfitting, told } from './hostile';
import { decided, type Given, onlyKnown, scraped } from './reconciled';

const SEED = Number(process.env.FUZZ_SEED ?? 4711);
/** Of the objects this share is tried: FUZZ_SHARE=0.1 for a quick look. */
const SHARE = Number(process.env.FUZZ_SHARE ?? 1);
/** Of CPU time, for one object: ordinary ones take a millisecond. */
const MOST_SECONDS = 5;

const prototypes = JSON.stringify(shapes());
function shapes() {
  return [Object, Array, Function, String, Number].map(({ prototype }) =>
    Object.getOwnPropertyNames(prototype),
  );
}

const inShort = (value: unknown) => inspect(value, { depth: 9, maxStringLength: 300, maxArrayLength: 9 });

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '['.repeat(10_000);
  }
}

/** Does something for so many random values: each in bounded time, and nothing is left behind. */
function always<T>(many: number, arbitrary: fc.Arbitrary<T>, holds: (value: T) => void): void {
  const one = (value: T) => {
    const before = process.cpuUsage();
    try {
      holds(value);
    } catch (error) {
      throw new Error(`${(error as Error).stack}\nof ${inShort(value)}`);
    }
    const seconds = process.cpuUsage(before).user / 1e6;
    if (seconds > MOST_SECONDS) throw new Error(`It takes ${seconds} s: ${inShort(value)}`);
    expect(Object.keys({})).toEqual([]);
  };
  fc.assert(fc.property(arbitrary, one), {
    numRuns: Math.ceil(many * SHARE),
    seed: SEED,
    endOnFailure: true,
  });
  expect(JSON.stringify(shapes())).toBe(prototypes);
}

const metadata = { name: 'fuzz', namespace: 'fuzzed', uid: 'uid-fuzz', resourceVersion: '1', generation: 1 };
const backups = (spec: fc.Arbitrary<unknown>, status: fc.Arbitrary<unknown>): fc.Arbitrary<ServiceBackup> =>
  fc
    .record({ spec, status: fc.option(status, { nil: undefined }) })
    .map((parts) => told({ metadata, ...parts }) as ServiceBackup);
const configs = (spec: fc.Arbitrary<unknown>): fc.Arbitrary<BackupConfig> =>
  spec.map((made) => told({ metadata: { ...metadata, name: 'default' }, spec: made }) as BackupConfig);

/** To make an object takes longer than to look at it: of each kind some hundred are made, and put together anew each time. */
function kinds(schema: TSchema): { fits: fc.Arbitrary<unknown>; not: fc.Arbitrary<unknown> } {
  const fits = fc.constantFrom(...fc.sample(fitting(schema), { numRuns: 300, seed: SEED }));
  return { fits, not: misfitting(schema, fits) };
}

const spec = kinds(serviceBackupSpec);
const status = kinds(serviceBackupStatus);
const settings = kinds(backupConfigSpec);
const config = { fits: configs(settings.fits), not: configs(settings.not) };
const fittingBackups = backups(spec.fits, status.fits).filter((backup) => !misfitOf(backup));
const ordinary = fc.constant(undefined);
const given = (backup: fc.Arbitrary<ServiceBackup>, other: fc.Arbitrary<BackupConfig | undefined>) =>
  fc.record<Given>({ backup, config: other, report: reports });

/** What a pod says when it ends. */
const wire = {
  v: fc.constantFrom(1, 2, '1', null),
  p: fc.constantFrom(1, 0, true),
  r: fc.constantFrom('id', '', 7, 'x'.repeat(4000), null),
  k: fc.constantFrom(0, 1, 'yes'),
  f: fc.jsonValue(),
  i: fc.array(
    fc.oneof(
      fc.tuple(
        fc.constantFrom('S', 'W', 'F', 'X', '__proto__'),
        fc.constantFrom('', 'UnreadableFiles', 'constructor'),
        fc.constantFrom('', 'a1b2', 7, 'x'.repeat(100)),
        fc.array(fc.constantFrom(0, 1, null, -1, 0.5, 1e308, 'NaN'), { maxLength: 8 }),
        fc.constantFrom('', 'words', {}, 'w'.repeat(4000)),
      ),
      fc.jsonValue(),
    ),
    { maxLength: 4 },
  ),
  t: fc.constantFrom([1, 2], [1], [1, 2, 'RetentionFailed', 'why'], [1e308, -1], 'x'),
  c: fc.constantFrom([], ['RepositoryDamaged', {}], ['RepositoryDamaged', 'why'], null),
  u: fc.constantFrom([7], [], [0.5]),
  n: fc.constantFrom(
    ['note'],
    [{}],
    'x',
    Array.from({ length: 500 }, () => 'n'),
  ),
};
const reports = fc
  .oneof(
    fc.record(wire, { requiredKeys: ['v', 'i'] }).map((value) => JSON.stringify(value)),
    fc.json(),
    fc.string(),
    fc.constantFrom('', '[]', 'null', '['.repeat(4096), '{"v":1,"i":'),
  )
  .map(told);

jest.setTimeout(120_000);

test('of 1,200 objects that their CRDs let in each is understood, and no status is written that its CRD refuses', () => {
  always(400, given(fittingBackups, fc.oneof(ordinary, config.fits)), (one) => {
    for (const written of decided(one)) expect(misfitOf({ ...one.backup, status: written })).toBeUndefined();
  });
});

test('of 6,000 specs and statuses that no CRD has looked at each is told what is wrong, or understood, and none stops another', () => {
  let refused = 0;
  always(
    3000,
    given(
      fc.oneof(backups(spec.not, status.fits), backups(spec.fits, status.not), backups(spec.not, status.not)),
      ordinary,
    ),
    (one) => {
      decided(one);
      if (misfitOf(one.backup)) refused += 1;
    },
  );
  expect(refused).toBeGreaterThan(500 * SHARE);
});

test('of 900 objects with a BackupConfig that no CRD has looked at each is told what is wrong, or understood', () => {
  always(300, given(fittingBackups, config.not), decided);
});

test('what is scraped stays readable, and the figures of others the same, whatever 300 ServiceBackups are', () => {
  const alone = scraped([]);
  always(300, fc.oneof(backups(spec.fits, status.fits), backups(spec.not, status.not)), (backup) =>
    expect(onlyKnown(scraped([backup]))).toEqual(onlyKnown(alone)),
  );
});

test('of 2,000 reports and tasks each is understood, or refused with a reason', () => {
  always(1500, reports, (text) => {
    decodeReportLine(text);
    const outcome = decodeOutcome(text);
    if (outcome) expect(decodeOutcome(text)).toEqual(outcome);
  });
  const tasks = fc.oneof(...task.anyOf.map((one) => fc.oneof(fc.jsonValue(), misfitting(told(one)))));
  always(500, tasks, (value) => {
    const env = { [TASK_VARIABLE]: textOf(value) };
    try {
      taskFrom(env);
    } catch (error) {
      expect(error).toBeInstanceOf(Fault);
    }
  });
});
