import { judgeCheck } from '../../src/mover/check';
import type { Ended } from '../../src/mover/restic';

const ended = (code: number | null, text: string[], fatal?: string, stopped?: Ended['stopped']): Ended => ({
  code,
  said: { errors: 0, errorItems: [], text, ...(fatal && { fatal }) },
  ...(stopped && { stopped }),
});
const NOT_WHOLE = 'Fatal: repository contains errors';
const PACK = 'pack 5109dba1 contains 2 errors: [blob 279febf1: ciphertext verification failed]';
const ADVICE =
  'The repository contains damaged pack files. These damaged files must be removed to repair it.';

test('a check that ends with 0 found the repository whole', () => {
  expect(judgeCheck(ended(0, []))).toBeUndefined();
});

test.each<[string, Ended, string]>([
  ['a pack that is not what it was', ended(1, [PACK, ADVICE], NOT_WHOLE), 'RepositoryDamaged'],
  ['errors without a word', ended(1, [], NOT_WHOLE), 'RepositoryDamaged'],
  [
    'damage beside a lost connection',
    ended(1, ['read: connection reset by peer', PACK], NOT_WHOLE),
    'RepositoryDamaged',
  ],
  [
    'nothing but lost connections',
    ended(1, ['dial tcp: connection refused', ADVICE], NOT_WHOLE),
    'CheckFailed',
  ],
  ['a refusal', ended(1, [], 'Fatal: client.GetObject: Access Denied'), 'CredentialsRefused'],
  ['an end that nobody explains', ended(1, []), 'CheckFailed'],
  ['a lock', ended(11, [], 'Fatal: unable to create lock'), 'RepositoryLocked'],
  ['a stop from outside', ended(1, [PACK], NOT_WHOLE, 'cancelled'), 'Cancelled'],
])('%s', (_, end, reason) => {
  expect(judgeCheck(end)?.reason).toBe(reason);
});

test('damage is told with what restic said of it first, and with the mend', () => {
  const fault = judgeCheck(ended(1, [ADVICE, PACK], NOT_WHOLE));
  expect(fault?.message).toContain('restic check found damage (pack 5109dba1 contains 2 errors');
  expect(fault?.message).toContain("follow restic's manual on troubleshooting");
});
