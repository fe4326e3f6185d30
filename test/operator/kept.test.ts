import type { ServiceBackup } from '../../src/api/kinds';
import { Kept } from '../../src/operator/kept';
import { backup } from './fixtures';

const KEY = 'wiki/backup';
const of = (version: string): ServiceBackup => {
  const object = backup();
  object.metadata.resourceVersion = version;
  return object;
};

let news: string[];
let kept: Kept;
beforeEach(() => {
  news = [];
  kept = new Kept((key) => news.push(key));
});
const write = (version: string) => kept.write(KEY, async () => of(version));
const version = () => kept.get(KEY)?.metadata.resourceVersion;

test('the echo of our own write is no news', async () => {
  await write('10');
  kept.seen(KEY, '10');
  expect([news, version()]).toEqual([[], '10']);
});

test('an echo that comes before the answer is none either', async () => {
  await kept.write(KEY, async () => {
    kept.seen(KEY, '10');
    return of('10');
  });
  expect([news, version()]).toEqual([[], '10']);
});

test('echoes of several writes may come late', async () => {
  await write('10');
  await write('11');
  kept.seen(KEY, '10');
  kept.seen(KEY, '11');
  expect([news, version()]).toEqual([[], '11']);
});

test.each([
  ['after our echo', ['10', '12']],
  ['in place of our echo, when all is listed anew', ['12']],
])('what somebody else wrote is news, and what was kept is gone: %s', async (_, seen) => {
  await write('10');
  for (const each of seen) kept.seen(KEY, each);
  expect([news, version()]).toEqual([[KEY], undefined]);
});

test('so it is when it is seen before our write is answered', async () => {
  await kept.write(KEY, async () => {
    kept.seen(KEY, '10');
    kept.seen(KEY, '12');
    return of('10');
  });
  expect([news, version()]).toEqual([[KEY], undefined]);
});

test('what is deleted while it is written is not kept', async () => {
  await kept.write(KEY, async () => {
    kept.seen(KEY, '');
    return of('10');
  });
  expect([news, version()]).toEqual([[KEY], undefined]);
});

test('after a write that failed nothing is kept, and what was seen meanwhile is looked at', async () => {
  await write('10');
  const failed = kept.write(KEY, async () => {
    kept.seen(KEY, '11');
    throw new Error('no answer');
  });
  await expect(failed).rejects.toThrow('no answer');
  expect([news, version()]).toEqual([[KEY], undefined]);
});

test('of what is kept, who set which field is not', async () => {
  await kept.write(KEY, async () => {
    const written = of('10');
    return { ...written, metadata: { ...written.metadata, managedFields: [{ manager: 'kubectl' }] } };
  });
  expect(kept.get(KEY)?.metadata).not.toHaveProperty('managedFields');
});
