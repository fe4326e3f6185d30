import { type Good, type Known, planRetention } from '../../src/mover/retention-plan';
import { Random } from '../random';

const HOSTS = ['wiki/backup/data', 'wiki/backup/config', 'wiki/backup/media', 'wiki', 'volsync', 'laptop'];

interface Case {
  history: Known[];
  items: Good[];
  answer: unknown;
  limits: { maxForgetPercent: number; acknowledged: boolean; policy: string };
}

/** A repository with snapshots of ours and of others, at any dates, a few from the future. */
function historyOf(random: Random): Known[] {
  return HOSTS.flatMap((hostname) =>
    Array.from({ length: random.int(0, random.pick([1, 3, 12, 30])) }, () => ({
      id: random.hex(64),
      hostname,
      time: new Date(Date.UTC(2024, random.int(0, 36), random.int(1, 28), random.int(0, 23))).toISOString(),
    })),
  );
}

/** Any item may have been backed up; the snapshot made is one of its own, or, seldom, one that is not there at all. */
function itemsOf(random: Random, history: readonly Known[]): Good[] {
  return random.some(HOSTS.slice(0, 3), 0.8).flatMap((host) => {
    const mine = history.filter(({ hostname }) => hostname === host);
    const newest = mine.toSorted((a, b) => a.time.localeCompare(b.time)).at(-1);
    const id = newest && !random.once(20) ? (random.once(4) ? random.pick(mine) : newest).id : random.hex(64);
    const digits = random.once(20) ? random.int(1, 15) : random.pick([16, 64]);
    return [{ name: host.split('/')[2]!, host, snapshot: id.slice(0, digits) }];
  });
}

/** What restic might print: sensible, exaggerated, or nonsense. */
function answerOf(random: Random, history: readonly Known[], items: readonly Good[]): unknown {
  if (random.once(50)) return random.pick([null, undefined, 'text', 7, {}, { host: HOSTS[0] }]);
  const groups: unknown[] = items.map(({ host, snapshot }) => {
    const mine = history.filter(({ hostname }) => hostname === host);
    const old = random.once(4) ? mine : mine.filter(({ id }) => !id.startsWith(snapshot));
    const remove = random.some(old, random.pick([0, 0.1, 0.2, 0.5, 0.9, 1]));
    const keep = random.once(8) ? random.some(mine) : mine.filter((one) => !remove.includes(one));
    return {
      host,
      keep: random.once(10) ? null : keep,
      remove: random.once(10) ? null : spoil(random, remove, history),
    };
  });
  if (random.once(20)) groups.push({ host: random.pick(HOSTS), remove: random.some(history) });
  if (random.once(40)) groups.push(random.pick([null, 7, 'text', {}, { remove: history }]));
  return groups;
}

/** Puts into a list, now and then, what does not belong there. */
function spoil(random: Random, remove: readonly Known[], history: readonly Known[]): unknown {
  if (random.once(60)) return random.pick(['text', 7, {}, [null], [[]]]);
  const more: unknown[] = [
    ...(random.once(10) ? random.some(history, 0.1) : []),
    ...(random.once(10) ? remove : []),
    ...(random.once(20)
      ? [{ id: random.hex(64) }, { id: random.pick(['', 7, null, undefined]) }, null, 'text']
      : []),
  ];
  return [...remove, ...more];
}

function caseOf(seed: number): Case {
  const random = new Random(seed);
  const history = historyOf(random);
  const items = itemsOf(random, history);
  const limits = {
    maxForgetPercent: random.pick([0, 1, 20, 50, 100]),
    acknowledged: random.once(3),
    policy: 'p',
  };
  return { history, items, answer: answerOf(random, history, items), limits };
}

const SEEDS = 5000;

test(`whatever restic proposes, of ${SEEDS} random histories: never the last good snapshot, never too many, never a stranger's`, () => {
  let forgotten = 0;
  let held = 0;
  const broken: string[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { history, items, answer, limits } = caseOf(seed);
    const { items: plans, failures } = planRetention(answer, history, items, limits);
    held += failures.length;
    const remove = plans.flatMap((plan) => plan.remove);
    const byId = new Map(history.map((one) => [one.id, one]));
    forgotten += remove.length;
    const claim = (truth: boolean, what: string) => {
      if (!truth) broken.push(`seed ${seed}: ${what}`);
    };
    claim(new Set(remove).size === remove.length, 'a snapshot is named twice');
    for (const id of remove) {
      const snapshot = byId.get(id);
      claim(snapshot !== undefined, 'what is not there is named');
      claim(
        items.some(({ host }) => host === snapshot?.hostname),
        "a stranger's snapshot is forgotten",
      );
      const last = items.find(({ host }) => host === snapshot?.hostname)?.snapshot ?? '';
      claim(!id.startsWith(last), 'the last good snapshot is forgotten');
    }
    for (const { name, host } of items) {
      const mine = history.filter(({ hostname }) => hostname === host);
      const gone = mine.filter(({ id }) => remove.includes(id));
      const most = limits.acknowledged
        ? mine.length
        : Math.max(1, (limits.maxForgetPercent * mine.length) / 100);
      claim(gone.length === 0 || gone.length < mine.length, `nothing is left of ${name}`);
      claim(
        gone.length <= most,
        `${gone.length} of ${mine.length} snapshots of ${name} are forgotten at once`,
      );
      const newest = Math.max(...mine.map(({ time }) => Date.parse(time)));
      claim(
        gone.length === 0 || mine.some(({ id, time }) => Date.parse(time) === newest && !remove.includes(id)),
        `the newest of ${name} is forgotten`,
      );
    }
  }
  expect(broken.slice(0, 5)).toEqual([]);
  // The cases are worth something: much is forgotten, and much is refused.
  expect(forgotten).toBeGreaterThan(SEEDS);
  expect(held).toBeGreaterThan(SEEDS / 5);
});
