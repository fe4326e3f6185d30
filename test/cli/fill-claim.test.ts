import { encodeOutcome, type ResultLine } from '../../src/api';
import { successOf } from '../../src/cli/fill-claim';
import { whyFailed } from '../../src/cli/snapshots';

const good: ResultLine = { type: 'result', state: 'Success', snapshot: '4be77d10', files: 3, bytes: 10 };
const outcome = encodeOutcome({
  version: 1,
  items: [{ state: 'Success', snapshot: '4be77d10', files: 3, bytes: 10 }],
});
const figures = { snapshot: '4be77d10', files: 3, bytes: 10 };

describe('a restore counts as done', () => {
  test.each([
    ['when report and exit code say so', good, { exitCode: 0, message: '' }, figures],
    ['when the log was lost but the outcome says so', undefined, { exitCode: 0, message: outcome }, figures],
    ['not when the mover was killed after its report', good, { exitCode: 137, message: '' }, undefined],
    [
      'not when the report says that it failed',
      { type: 'result', state: 'Failed' } as const,
      { exitCode: 0, message: outcome },
      undefined,
    ],
    ['not when nothing was said', undefined, { exitCode: 0, message: '' }, undefined],
  ])('%s', (_, result, end, expected) => {
    expect(successOf(result, end)).toEqual(expected);
  });
});

describe('why a Job failed', () => {
  const end = { state: 'ended', pod: 'p', exitCode: 1, reason: 'Error', message: '' } as const;
  test.each([
    [
      'is what its report says',
      {
        type: 'result',
        state: 'Failed',
        reason: 'WrongPassword',
        message: 'The password is wrong.',
      } as const,
      end,
      'The password is wrong. (WrongPassword)',
    ],
    [
      'else what its outcome says',
      undefined,
      {
        ...end,
        message: encodeOutcome({
          version: 1,
          items: [],
          failure: { reason: 'BucketMissing', message: 'There is no bucket x.' },
        }),
      },
      'There is no bucket x. (BucketMissing)',
    ],
    [
      'else how it ended',
      undefined,
      { ...end, exitCode: 137, reason: 'OOMKilled' },
      'the mover ended with exit code 137 (OOMKilled) and said nothing.',
    ],
    [
      'or that the report is not whole',
      undefined,
      { ...end, exitCode: 0 },
      'the report of the Job is not whole: try again.',
    ],
  ])('%s', (_, result, ended, expected) => {
    expect(whyFailed(result, ended)).toBe(expected);
  });
});
