import { Agenda } from '../../src/operator/agenda';
import { plan } from '../../src/operator/plan';
import { Queue } from '../../src/operator/queue';
import { FakeClock } from '../operator/fake-clock';
import { backup, config, observed } from '../operator/fixtures';

const DAY = 24 * 3600 * 1000;

/** Lives from one instant to another: every tick starts a run, which ends at once, since its claim is gone. */
async function live(schedule: string, from: string, days: number): Promise<string[]> {
  const clock = new FakeClock(Date.parse(from));
  const declared = backup(['data']);
  declared.metadata.creationTimestamp = from;
  const settings = config({ schedule, timeZone: 'Europe/Berlin', jobSpec: { backoffLimit: 0 } });
  const ticks: string[] = [];
  const queue: Queue = new Queue({
    clock,
    async handle(key) {
      const seen = {
        config: settings,
        places: { data: { reason: 'ClaimNotFound' as const, message: 'There is none.' } },
      };
      const made = plan(observed(declared, seen), new Date(clock.now()));
      declared.status = made.status;
      const last = made.status.lastBackup?.startedAt;
      if (last && last !== ticks.at(-1)) ticks.push(last);
      if (made.wakeAt) queue.addAt(key, Math.max(made.wakeAt.getTime(), clock.now() + 1));
    },
    onError: (_, error) => {
      throw error;
    },
  });
  queue.start();
  queue.add('wiki/backup');
  const end = Date.parse(from) + days * DAY;
  do {
    while (queue.size.working > 0) await Promise.resolve();
    clock.advanceTo(Math.min(clock.next, end));
  } while (clock.now() < end);
  await queue.stop();
  return ticks;
}

const wall = new Intl.DateTimeFormat('de', {
  timeZone: 'Europe/Berlin',
  hour: '2-digit',
  minute: '2-digit',
});
const local = (instant: string) => wall.format(new Date(instant));

test('a year of nights: one run each, at the same hour by the clock on the wall', async () => {
  const ticks = await live('30 1 * * *', '2026-01-01T12:00:00Z', 365);
  expect(ticks).toHaveLength(365);
  expect(new Set(ticks.map(local))).toEqual(new Set(['01:30']));
  const gaps = ticks.slice(1).map((tick, n) => (Date.parse(tick) - Date.parse(ticks[n]!)) / DAY);
  expect([Math.min(...gaps) * 24, Math.max(...gaps) * 24]).toEqual([23, 25]);
});

test.each([
  ['spring', '2026-03-27T12:30:00Z'],
  ['autumn', '2026-10-23T12:30:00Z'],
])('every hour around the change of the clock in %s', async (_, from) => {
  const ticks = await live('0 * * * *', from, 4);
  const gaps = new Set(ticks.slice(1).map((tick, n) => Date.parse(tick) - Date.parse(ticks[n]!)));
  expect([ticks.length, [...gaps]]).toEqual([96, [3600_000]]);
});

test('a tick is run when the clock is put forward past it, within a minute', async () => {
  const clock = new FakeClock(Date.parse('2026-01-01T12:00:00Z'));
  const handled: number[] = [];
  const queue = new Queue({
    clock,
    handle: async () => {
      handled.push(clock.now());
    },
  });
  queue.start();
  queue.addAt('a', clock.now() + DAY);
  clock.set(clock.now() + 2 * DAY);
  expect(handled).toEqual([]);
  clock.advance(60_000);
  expect(handled).toHaveLength(1);
});

test('what is planned anew again and again leaves nothing behind', () => {
  const agenda = new Agenda();
  for (let n = 0; n < 10_000; n += 1) agenda.set('a', 10_000 - n);
  for (let n = 0; n < 100; n += 1) agenda.set(`k${n}`, (n * 37) % 100);
  expect(agenda.size).toBe(101);
  expect((agenda as unknown as { heap: unknown[] }).heap.length).toBeLessThan(400);
  const taken = Array.from({ length: 101 }, () => agenda.take(Number.POSITIVE_INFINITY));
  expect(new Set(taken).size).toBe(101);
  expect(agenda.take(Number.POSITIVE_INFINITY)).toBeUndefined();
});
