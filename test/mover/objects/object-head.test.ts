import { headersOf, headOf } from '../../../src/mover/objects/object-head';

const ANSWER = { etag: '"e"', 'content-length': '7', 'last-modified': 'Fri, 02 Jan 2026 03:04:05 GMT' };

test('an object is what its headers say, and nothing of the transport', () => {
  const answer = { ...ANSWER, 'content-type': 'text/plain', 'x-amz-meta-a': 'b', 'x-amz-request-id': 'x' };
  expect(headOf(answer, { t: 'u' })).toEqual({
    size: 7,
    etag: 'e',
    modified: '2026-01-02T03:04:05Z',
    headers: { 'content-type': 'text/plain' },
    metadata: { a: 'b' },
    tags: { t: 'u' },
  });
});

test.each([
  { 'x-amz-server-side-encryption': 'aws:kms' },
  { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' },
])('an ETag may be no MD5: %p', (header) => {
  expect(headOf({ ...ANSWER, ...header }, {})).toMatchObject({ encrypted: true });
  expect(headOf({ ...ANSWER, 'x-amz-server-side-encryption': 'AES256' }, {})).not.toHaveProperty('encrypted');
});

test.each([
  ['plain', 'plain'],
  ['é – \u{1f600}', Buffer.from('é – \u{1f600}').toString('latin1')],
  ['caf\udce9 \udcc3', 'caf\u00e9 \u00c3'],
  ['\ufeffmarked', '\u00ef\u00bb\u00bfmarked'],
])('the value %j is the same bytes in both directions', (text, wire) => {
  expect(headOf({ ...ANSWER, 'x-amz-meta-a': wire }, {})?.metadata).toEqual({ a: text });
  expect(headersOf({ headers: {}, metadata: { a: JSON.parse(JSON.stringify(text)) } })).toEqual({
    'x-amz-meta-a': wire,
  });
});

test('names that JavaScript has plans for are names', () => {
  const head = headOf({ ...ANSWER, 'x-amz-meta-__proto__': 'x' }, {});
  expect(JSON.stringify(head?.metadata)).toBe('{"__proto__":"x"}');
  expect(headersOf(head!)).toEqual({ 'x-amz-meta-__proto__': 'x' });
});
