import { pageOf } from '../../../src/mover/objects/listing';

const place = { endpoint: 'http://s3.test', bucket: 'photos' };
const entry = (key: string) =>
  `<Contents><Key>${key}</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified><ETag>&#34;e&quot;</ETag><Size>7</Size></Contents>`;
const listing = (entries: string, also = '') =>
  `<?xml version="1.0"?>\n<ListBucketResult xmlns="x"><Name>photos</Name>${also}${entries}</ListBucketResult>\n`;
const URL = '<EncodingType>url</EncodingType>';
const keys = (xml: string) => pageOf(xml, place)?.objects.map(({ key }) => key);

test('a page is read', () => {
  const more = '<IsTruncated>true</IsTruncated><NextContinuationToken>a&amp;b</NextContinuationToken>';
  expect(pageOf(listing(entry('x'), `<KeyCount>1</KeyCount>${more}`), place)).toEqual({
    objects: [{ key: 'x', size: 7, etag: 'e', modified: '2026-01-02T03:04:05Z' }],
    token: 'a&b',
  });
  expect(pageOf(listing(''), place)).toEqual({ objects: [] });
});

test.each([
  ['percent-encoded', `${URL}${entry('%2F%252F%0A+%2B%F0%9F%98%80')}`, '/%2F\n +\u{1f600}'],
  ['as XML has it', entry('%2F+&amp;lt;&#x1F600;&#10;&apos;'), "%2F+&lt;\u{1f600}\n'"],
])('a key is told %s', (_, entries, key) => {
  expect(keys(listing(entries))).toEqual([key]);
});

test.each([
  ['another page', '<html>Welcome</html>'],
  ['half of it', listing(entry('x')).slice(0, -30)],
  ['fewer objects than it counts', listing(entry('x'), '<KeyCount>2</KeyCount>')],
  ['an object without size', listing('<Contents><Key>x</Key></Contents>')],
  ['an object without key', listing(entry(''))],
  ['more to come, and not from where', listing(entry('x'), '<IsTruncated>true</IsTruncated>')],
])('%s is no page', (_, xml) => {
  expect(pageOf(xml, place)).toBeUndefined();
});

test('a key that is no UTF-8 is named as it is told', () => {
  expect(() => pageOf(listing(URL + entry('caf%E9')), place)).toThrow(
    'The object "caf%E9" of the bucket photos cannot be read: its key, which is told percent-encoded here, is no UTF-8, as S3 would have it.',
  );
});
