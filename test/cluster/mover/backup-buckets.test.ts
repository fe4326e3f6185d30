import { BucketBench } from './bucket-bench';
import { Bench } from './harness';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.stop());

test('a bucket is backed up with what its objects have beside their bodies, and an unchanged one costs one listing', async () => {
  const service = new BucketBench(bench);
  await service.put('a', 'body of a', {
    headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' },
    metadata: { author: 'zoë' },
    tags: { keep: 'yes' },
  });
  await service.put('dir/b', 'body of b');
  await service.put('dir/empty', '');

  const first = await service.run();
  console.log(first.stderr, JSON.stringify(first.outcome));
  expect(first.outcome?.items).toMatchObject([{ state: 'Success', files: 3, bytes: 18, filesNew: 3 }]);

  const asked: string[] = [];
  const second = await service.through(({ method, url }) => {
    asked.push(`${method} ${url}`);
    return undefined;
  }, service.after(first));
  console.log(second.stderr, JSON.stringify(second.outcome), asked);
});
