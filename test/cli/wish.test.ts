import { UsageError } from '../../src/cli/failure';
import { type RestoreFlags, restoreWish } from '../../src/cli/wish';

const service = { namespace: 'wiki', name: 'backup' };
const at = { now: new Date('2026-11-21T12:00:00Z'), timeZone: 'Etc/UTC' };
const wish = (flags: Partial<RestoreFlags>) =>
  restoreWish(service, { toClaim: 'data-restored', ...flags }, at);

describe('which snapshot a restore means', () => {
  test.each<[string, Partial<RestoreFlags>, object]>([
    ['the newest, when nothing is said', {}, { latest: true }],
    ['the one named', { snapshot: '4BE77d10' }, { snapshot: '4be77d10' }],
    ['the newest up to a time', { asOf: '2026-11-19' }, { asOf: '2026-11-19T23:59:59.999Z' }],
  ])('%s', (_, flags, select) => {
    expect(wish(flags)).toMatchObject({ command: 'restore', request: { select } });
  });

  test('how a time was understood is handed on', () => {
    expect(wish({ asOf: '2026-11-19' })).toMatchObject({
      understood: 'up to the end of 2026-11-19 (Etc/UTC; 2026-11-19T23:59:59.999Z)',
    });
  });
});

test.each<[Partial<RestoreFlags>, string]>([
  [
    { snapshot: 'abcd1234', asOf: '2026-01-01' },
    '--snapshot and --as-of both say which snapshot: leave one out.',
  ],
  [
    { snapshot: 'latest' },
    "--snapshot 'latest' is not the id of a snapshot: copy it from 'service-backup snapshots'.",
  ],
  [
    { toClaim: 'Data' },
    "--to-claim 'Data' is not a name that a claim can have: lower-case letters, digits and hyphens.",
  ],
  [{ size: '20GB' }, "--size '20GB' is not a size: write it as Kubernetes does, e.g. 20Gi."],
])('%j is refused', (flags, message) => {
  expect(() => wish(flags)).toThrow(new UsageError(message));
});
