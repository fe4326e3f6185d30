import type { ObjectHead } from '../../../src/mover/objects/object-store';

export type System = 'versitygw' | 'moto';

/** An object that copies of buckets tend to lose, and all that must come back with it. */
export interface Hostile extends Pick<ObjectHead, 'headers' | 'metadata' | 'tags'> {
  key: string;
  body: Buffer;
  /** S3 systems that do not take this key, or not as it is. */
  not: System[];
}

type Beside = Partial<Pick<Hostile, 'headers' | 'metadata' | 'tags'>> & { body?: string | Buffer };

const OCTETS = { 'content-type': 'binary/octet-stream' };

const one = (key: string, not: System[], { body = `body of ${key}`, ...beside }: Beside = {}): Hostile => ({
  key,
  body: Buffer.from(body),
  metadata: {},
  tags: {},
  ...beside,
  headers: { ...OCTETS, ...beside.headers },
  not,
});
const anywhere = (...keys: string[]) => keys.map((key) => one(key, []));
/** Directories, as some clients make them. */
const markers = (...keys: string[]) =>
  keys.map((key) => one(key, [], { body: '', headers: { 'content-type': 'application/x-directory' } }));
/**
 * versitygw keeps objects as files: what no path can be, it refuses, or stores as something else. It lists characters that XML
 * does not have as U+FFFD.
 */
const noFile = (...keys: string[]) => keys.map((key) => one(key, ['versitygw']));
/** moto's server knows no path with a line feed. */
const noRoute = (...keys: string[]) => keys.map((key) => one(key, ['moto']));

const KEYS: Hostile[] = [
  // A file cannot be a directory, too.
  ...anywhere('a/b', 'a/b.c', 'a.', 'a0', 'A'),
  ...noFile('a', 'a/', 'a/b/c'),
  // Segments that are not what they seem.
  ...anywhere('...', '....', '..x', 'x..', '.hidden/.hidden', 'x/...', '.git/config', 'dots/..x'),
  ...noFile('.', '..', './x', '../x', '../../etc/passwd', 'w/./v', 'w/../v', 'w/..', 'w/.', '/..', '../'),
  ...noFile('/', '//', '/x', '//x', '///x', '/x/', 'd//e', 'd///e', 'd//', 'http://host/x'),
  ...markers('marker/', 'marker/of/nothing/', 'blank /'),
  ...noFile('marker-with-content/', 'empty/inside'),
  one('empty', [], { body: '' }),
  // As long as keys may be.
  ...anywhere(
    'l'.repeat(250),
    'l'.repeat(251),
    'l'.repeat(255),
    `${['m', 'n', 'o'].map((c) => c.repeat(255)).join('/')}/${'p'.repeat(254)}/x`,
    Array(511).fill('z').join('/'),
    '日'.repeat(85),
  ),
  ...noFile('q'.repeat(256), 'q'.repeat(1024), `${'日'.repeat(341)}x`),
  // The same to the eye.
  ...anywhere(
    'caf\u00e9',
    'cafe\u0301',
    '\u00c5',
    '\u212b',
    'Case',
    'case',
    '\ufb00',
    'ff',
    '\u03c3',
    '\u03c2',
  ),
  ...anywhere(
    '\u202egnp.exe',
    'zero\u200bwidth',
    '\ufeffbom',
    '\ue000',
    '\u{1f600}',
    '\uff5e',
    '\u{10ffff}',
    '\ufffd',
  ),
  ...anywhere('c1\u0085', 'line\u2028separator', 'tab\t', 'carriage\rreturn', 'del\u007f'),
  ...noRoute('line\nfeed', 'both\r\n'),
  ...noFile('bell\u0007', 'escape\u001b[31m', '\u0001', 'unit\u001f', 'nul\u0000', '\uffff'),
  ...anywhere(' ', '  ', ' lead', 'trail ', 'a b', 'a+b', '+', 'a%20b', 'a%2Bb'),
  // What is decoded once too often, or is part of the encoding of our own.
  ...anywhere(
    '%',
    '%%',
    '%2F',
    '%2f',
    'a%2Fb',
    '%25',
    '%2e%2e',
    '%zz',
    '%00',
    '%_',
    '%h',
    'p',
    'p%',
    'r/q',
    'r%/q',
    '%E9',
  ),
  ...anywhere('manifest.jsonl', 'objects/manifest.jsonl', '__proto__', 'constructor', 'lost+found/x'),
  // What XML, URLs, shells and other systems' paths mean by it.
  ...anywhere('<', '&amp;', '&#x41;', '"', "'", ']]>', '<Key>x<', '<!--'),
  ...anywhere('?', '#', 'x?y=z#w', '?list-type=2', '?uploads', ':', '=', ';', '@', ',', '~', '~root'),
  ...anywhere(
    '\\',
    'c:\\x',
    '..\\x',
    '*',
    '[x]',
    '{x}',
    '!x',
    '$HOME',
    '`id`',
    '-rf',
    '--help',
    '|',
    'CON',
    'nul.txt',
  ),
];

/** And one each of what an object has beside its body. */
const BESIDE: Hostile[] = [
  one('beside/headers', [], {
    headers: {
      'cache-control': 'max-age=60, no-transform',
      'content-disposition': `attachment; filename="a  b.txt"; filename*=UTF-8''%e2%82%ac.txt`,
      'content-encoding': 'gzip',
      'content-language': 'de, en',
      'content-type': 'text/html; charset=utf-8',
      expires: 'Thu, 01 Dec 2033 16:00:00 GMT',
      'x-amz-website-redirect-location': '/elsewhere?a=b',
    },
    body: 'no gzip at all',
  }),
  one('beside/metadata', [], {
    metadata: {
      plain: 'x',
      spaces: 'two  spaces',
      commas: 'a, b,c',
      'x-amz-meta-nested': 'y',
      quoted: '"=?UTF-8?"',
    },
  }),
  one('beside/rfc2047', [], { metadata: { name: '=?UTF-8?B?w6k=?=' } }),
  one('beside/utf-8', [], { metadata: { name: 'é – 日本 \u{1f600}' } }),
  one('beside/latin-1', ['versitygw'], { metadata: { name: 'caf\udce9' } }),
  one('beside/empty', [], { metadata: { name: '' } }),
  one('beside/large', [], { metadata: { name: 'x'.repeat(2000) } }),
  one('beside/tags', [], { tags: { plain: 'x', empty: '', 'a b+c-d=e._:/@': 'v + - = . _ : / @' } }),
  one('beside/proto', [], { tags: Object.fromEntries([['__proto__', 'constructor']]) }),
  one('beside/ten-tags', [], {
    tags: Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`tag-${n}`, 'x'.repeat(256)])),
  }),
  one('beside/foreign-tags', [], { tags: { größe: '日本' } }),
  one('beside/zeros', [], { body: Buffer.alloc(100_000) }),
  one('beside/all', [], {
    headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' },
    metadata: { mtime: '1577934245.123456789' },
    tags: { class: 'a' },
    body: '',
  }),
];

const ALL = [...KEYS, ...BESIDE];

/** Those that this S3 system takes. Written in this order. */
export const hostileObjects = (system: System): Hostile[] => ALL.filter(({ not }) => !not.includes(system));
