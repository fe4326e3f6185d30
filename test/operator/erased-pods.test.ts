import { ErasedPods } from '../../src/operator/erased-pods';
import type { PodView } from '../../src/operator/views';
import { FakeClock } from './fake-clock';
import { ended, node, pod } from './fixtures';

const MINUTE = 60_000;
const nodes = { 'node-1': node('node-1') };
const erased = (view: PodView) => {
  const clock = new FakeClock();
  const pods = new ErasedPods(clock);
  pods.add(view, nodes);
  return { clock, pods };
};

test('a pod whose mover was killed is known to be dead for 40 minutes after it was erased, to its own ServiceBackup', () => {
  const { clock, pods } = erased(ended('j1', '', 137));
  expect(pods.of('uid-wiki')).toEqual(['j1-abcde']);
  expect(pods.of('another')).toEqual([]);
  clock.advance(40 * MINUTE - 1);
  expect(pods.of('uid-wiki')).toEqual(['j1-abcde']);
  clock.advance(1);
  expect(pods.of('uid-wiki')).toEqual([]);
  expect(pods.size).toBe(0);
});

test.each<[string, PodView]>([
  ['that was at work when it was last seen: somebody may have erased it by force', pod('j1')],
  ['that ended well: it took its lock away', ended('j1', '')],
])('nothing is kept of a pod %s', (_, view) => {
  expect(erased(view).pods.size).toBe(0);
});
