import { plan } from '../../src/operator/plan';
import {
  at,
  backup,
  config,
  ended,
  group,
  node,
  observed,
  outcome,
  pod,
  run,
  success,
  written,
} from './fixtures';

const status = {
  scheduledThrough: written('01:30'),
  schedule: '30 1 * * * Etc/UTC',
  run: run([group('j1', 'node-1', ['a', 'b'])]),
};
/** The Job of the open step was deleted by hand; so its pod is. */
const deleted = (clock: string, changes: Parameters<typeof observed>[1]) =>
  plan(
    observed(backup(['a', 'b'], { status }), {
      places: { a: 'node-1', b: 'node-1' },
      config: config({ jobSpec: { backoffLimit: 1 } }),
      ...changes,
    }),
    at(clock),
  );

test('while the mover of a deleted Job may be at work, no other is made under its name', () => {
  const made = deleted('01:31', { pods: { j1: pod('j1', 'node-1', { deleting: true }) } });
  expect(made.actions).toEqual([]);
  expect(made.status.run?.groups[0]).not.toHaveProperty('finishedAt');
  expect(made.wakeAt).toEqual(at('01:31:10'));
});

test('what it told when it ended counts, and the rest is tried again', () => {
  const cancelled = { state: 'Failed' as const, reason: 'Cancelled' as const, message: 'Told to end.' };
  const made = deleted('01:31', { pods: { j1: ended('j1', outcome([success(), cancelled]), 1) } });
  expect(made.status.run).toMatchObject({
    done: [{ name: 'a', state: 'Success' }],
    retries: [{ name: 'b', reason: 'Cancelled' }],
  });
});

test('on a node that does not answer it is waited for no longer than the node', () => {
  const silent = [node('node-1', { ready: false, since: written('01:31') }), node('node-2')];
  const made = deleted('01:36:30', { pods: { j1: pod('j1', 'node-1', { deleting: true }) }, nodes: silent });
  expect(made.status.run?.retries).toMatchObject([
    { name: 'a', reason: 'MoverKilled', message: 'Job j1 was deleted while its mover was at work.' },
    { name: 'b', reason: 'MoverKilled' },
  ]);
});
