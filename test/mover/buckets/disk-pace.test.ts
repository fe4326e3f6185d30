import { DiskPace } from '../../../src/mover/buckets/disk-pace';

/** So many calls on a volume where one that blocks takes so long: how they were made. */
async function calls(count: number, ms: number, pace?: DiskPace, clock = { now: 0 }): Promise<string[]> {
  const disk = pace ?? new DiskPace(() => clock.now);
  const made: string[] = [];
  for (let i = 0; i < count; i++) {
    await disk.act(
      () => {
        clock.now += ms;
        made.push('at once');
      },
      async () => {
        made.push('by a thread');
      },
    );
  }
  return made;
}
const share = (made: string[]) => made.filter((how) => how === 'at once').length / made.length;

test('on a volume that answers at once, no call costs a thread', async () => {
  expect(share(await calls(1000, 0.05))).toBe(1);
});

test('on a slow one, threads make nearly all', async () => {
  expect(share(await calls(1000, 10))).toBeLessThan(0.05);
});

test('one that was slow for a while is found to be quick again', async () => {
  const clock = { now: 0 };
  const pace = new DiskPace(() => clock.now);
  await calls(100, 10, pace, clock);
  await calls(200, 0.05, pace, clock);
  expect(share(await calls(100, 0.05, pace, clock))).toBe(1);
});

test('a pause of the machine is not taken for a slow volume for long', async () => {
  const clock = { now: 0 };
  const pace = new DiskPace(() => clock.now);
  await calls(1, 50, pace, clock);
  expect((await calls(200, 0.05, pace, clock)).lastIndexOf('by a thread')).toBeLessThan(100);
});

test('what fails at once fails, whoever asks', async () => {
  const failing = new DiskPace().act(
    () => {
      throw new Error('full');
    },
    async () => undefined,
  );
  await expect(failing).rejects.toThrow('full');
});
