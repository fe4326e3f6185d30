import { drawn } from '../../src/bucket-maker/keys';

test('a secret key is 256 random bits in 43 characters that no program has to escape', () => {
  const { accessKeyId, secretAccessKey } = drawn('wiki-backup');
  expect(accessKeyId).toBe('wiki-backup');
  expect(secretAccessKey).toMatch(/^[A-Za-z0-9_-]{43}$/);
});

test('no secret key is drawn twice, and every place of it varies', () => {
  const keys = Array.from({ length: 1000 }, () => drawn('wiki-backup').secretAccessKey);
  expect(new Set(keys).size).toBe(1000);
  // The last character holds the 4 bits that are left over.
  for (let place = 0; place < 43; place++)
    expect(new Set(keys.map((key) => key[place])).size).toBeGreaterThan(place === 42 ? 15 : 50);
});
