import { type Fault, FaultLab } from '../fault-lab';
import { pass, silentFrom } from '../s3-fault';

jest.setTimeout(600_000);

const MINUTES = 60_000;

let lab: FaultLab;
beforeAll(async () => {
  lab = await FaultLab.open('slow');
});
afterAll(() => lab?.close());

test('an S3 system that dies in the middle of a backup is known within five minutes, with the deadlines that everybody has', async () => {
  let died = 0;
  const dies = silentFrom(({ method, path }) => {
    const now = method === 'PUT' && path.includes('/data/');
    if (now) died ||= Date.now();
    return now;
  });
  const front = await lab.s3(dies);
  const dead: Fault = {
    name: 'dead-s3',
    config: (settings) => {
      settings.s3BackupConfig.s3Host = front.url;
      delete settings.jobSpec;
    },
    reason: 'StorageNotAnswering',
    says: [front.url, 'no progress for 200 s'],
    within: 320,
  };
  await lab.make([dead]);
  await lab.told(dead, 400);
  expect(died).toBeGreaterThan(0);
  expect(Date.now() - died).toBeLessThanOrEqual(5 * MINUTES);

  // It could not take its lock back: whoever comes after removes just that one.
  front.behaviour = pass;
  expect((await lab.runAgain('dead-s3')).state).toBe('Success');
});
