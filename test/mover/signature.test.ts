import { EMPTY_HASH, queryString, sign } from '../../src/mover/signature';

/** The example keys and the expected signatures are those of Amazon's documentation of Signature Version 4. */
const keys = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
};
const now = new Date('2013-05-24T00:00:00Z');
const get = {
  method: 'GET',
  host: 'examplebucket.s3.amazonaws.com',
  path: '/',
  query: [],
  headers: {},
  hash: EMPTY_HASH,
};

test('an object is read', () => {
  const { authorization } = sign({ ...get, path: '/test.txt', headers: { range: 'bytes=0-9' } }, keys, now);
  expect(authorization).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, ' +
      'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, ' +
      'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  );
});

test('a bucket is listed', () => {
  const query: [string, string][] = [
    ['max-keys', '2'],
    ['prefix', 'J'],
  ];
  expect(sign({ ...get, query }, keys, now).authorization).toMatch(
    /Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7$/,
  );
});

test('a query is sorted and encoded as it is signed', () => {
  expect(
    queryString([
      ['prefix', "a b/(c)!*'"],
      ['list-type', '2'],
    ]),
  ).toBe('list-type=2&prefix=a%20b%2F%28c%29%21%2A%27');
});
