import { Bench } from './harness';
import { hostileObjects, type System } from './hostile-keys';
import { described, descriptionOf, putAll } from './service-objects';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
}, 30_000);
afterAll(() => bench.stop());

test.each<[System, number]>([
  ['versitygw', 124],
  ['moto', 158],
])(
  'on %s %d hostile objects come back as they were written',
  async (system, count) => {
    const bucket = await bench.serviceBucket(system);
    const objects = hostileObjects(system);
    expect(objects).toHaveLength(count);
    await putAll(bucket, objects);
    expect(await described(bucket)).toEqual(descriptionOf(objects));
  },
  90_000,
);
