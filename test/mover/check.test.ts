import { type Findings, judgeCheck, sortFinding } from '../../src/mover/check';
import type { Ended } from '../../src/mover/restic';
import { hear, silence } from '../../src/mover/said';

const at = { endpoint: 'https://s3.example.net', bucket: 'wiki' };
const NOT_WHOLE = 'Fatal: repository contains errors';

/** A check that wrote these lines to standard error. */
function checked(code: number | null, lines: string[], stopped?: Ended['stopped']) {
  const said = silence();
  const findings: Findings = { damage: [], refusals: [] };
  for (const line of lines) {
    const text = hear(said, line);
    if (text !== undefined) sortFinding(findings, text);
  }
  return judgeCheck({ code, said, at, ...(stopped && { stopped, stalledFor: 9 }) }, findings);
}

// All as restic 0.18.0 prints them.
const PACK =
  'pack fd81cbd9 contains 2 errors: [blob 773c2ae2: decrypting blob <data/773c2ae2> from fd81cbd9 failed: ciphertext verification failed unexpected pack id 64d700ad]';
const MISSING = 'pack fd81cbd9: does not exist';
const ADVICE =
  'The repository is damaged and must be repaired. Please follow the troubleshooting guide at https://restic.readthedocs.io/en/stable/077_troubleshooting.html .';
const PACK_ADVICE =
  'The repository contains damaged pack files. These damaged files must be removed to repair the repository.';
const REFUSED = [
  'Load(<data/fd81cbd9f4>, 2944661, 0) failed: Access Denied.',
  'download error: Access Denied.',
];
const UNLISTED = ['List(data) failed: Access Denied.', 'Access Denied.'];

test('exit 0: whole, whatever else there is to say', () => {
  expect(checked(0, [])).toBeUndefined();
  expect(
    checked(0, [
      '11 additional files were found in the repo, which likely contain duplicate data.',
      'This is non-critical, you can run `restic prune` to correct this.',
    ]),
  ).toBeUndefined();
});

test.each<[string, string[], string]>([
  ['a flipped byte', [PACK, PACK_ADVICE, 'restic repair packs fd81cbd9', NOT_WHOLE], PACK],
  ['a missing pack', [MISSING, ADVICE, NOT_WHOLE], MISSING],
  [
    'an index',
    ['error: error loading index 342f: LoadRaw(<index/342fd80eba>): invalid data returned', NOT_WHOLE],
    'error: error loading index 342f: LoadRaw(<index/342fd80eba>): invalid data returned',
  ],
  ['damage beside a refusal', [...REFUSED, PACK, ADVICE, NOT_WHOLE], PACK],
  ['damage after many packs that are missing', [...Array(9).fill(MISSING), PACK, NOT_WHOLE], PACK],
  ['errors without a word', [NOT_WHOLE], 'restic says that it contains errors'],
])('damage: %s', (_, lines, words) => {
  expect(checked(1, lines)).toEqual({
    reason: 'RepositoryDamaged',
    message:
      `The repository in the bucket wiki at https://s3.example.net is damaged: ${words}. Nothing is forgotten or pruned in it until a check finds it whole. ` +
      "Follow restic's manual on damaged repositories, on a copy of the bucket.",
  });
});

test.each<[string, number | null, string[], Ended['stopped'], string]>([
  ['a pack that may not be read', 1, [...REFUSED, ADVICE, NOT_WHOLE], undefined, 'CredentialsRefused'],
  [
    'a refused listing, by which every pack is missing',
    1,
    [...UNLISTED, MISSING, ADVICE, NOT_WHOLE],
    undefined,
    'CredentialsRefused',
  ],
  [
    'an S3 system that went away',
    1,
    ['Load(<data/fd81cbd9f4>, 0, 0) failed: dial tcp: connection refused', ADVICE, NOT_WHOLE],
    undefined,
    'StorageUnreachable',
  ],
  [
    'a lock',
    11,
    ['unable to create lock in backend: repository is already locked'],
    undefined,
    'RepositoryLocked',
  ],
  ['a stop from outside', 130, [PACK], 'cancelled', 'Cancelled'],
  ['no progress', 130, [PACK], 'stalled', 'StorageNotAnswering'],
  ['an end that nobody explains', 1, ['odd'], undefined, 'CheckFailed'],
])('not carried out: %s', (_, code, lines, stopped, reason) => {
  expect(checked(code, lines, stopped)?.reason).toBe(reason);
});
