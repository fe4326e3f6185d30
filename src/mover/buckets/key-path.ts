import { createHash } from 'node:crypto';

/** A name in a directory has at most 255 bytes; a directory's has a suffix. */
const LONGEST_SEGMENT = 250;
const PREFIX_OF_LONG = 180;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they may be in keys, and must not be in names of files
const ESCAPED = /[\u0000-\u001f\u007f%]/g;
const escapeText = (text: string): string =>
  text.replace(ESCAPED, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);

/**
 * The path of a file for the body of an object. Any two keys have different paths, no path leads elsewhere, and no path lies
 * below that of another object:
 *
 *   control bytes, DEL, %       %XX
 *   each directory              gets the suffix %: `a` and `a/b` are `a` and `a%/b`, `../x` is `..%/x`, `//x` is `%/%/x`
 *   an empty last segment       %_: `a/` is `a%/%_`
 *   . and .. as last segment    %2E and %2E%2E
 *   more than 250 bytes         180 of them, %h, and the SHA-256 of the whole segment, in hex: only the manifest has the key
 *
 * A key of 1,024 bytes becomes a path of at most 3,100.
 */
export function pathOfKey(key: string): string {
  const segments = key.split('/');
  const last = segments.pop() ?? '';
  return [...segments.map((segment) => `${shorten(segment)}%`), leaf(last)].join('/');
}

function leaf(segment: string): string {
  if (segment === '') return '%_';
  if (segment === '.' || segment === '..') return segment.replaceAll('.', '%2E');
  return shorten(segment);
}

function shorten(segment: string): string {
  const escaped = escapeText(segment);
  if (Buffer.byteLength(escaped) <= LONGEST_SEGMENT) return escaped;
  let prefix = '';
  let bytes = 0;
  for (const character of segment) {
    const next = escapeText(character);
    bytes += Buffer.byteLength(next);
    if (bytes > PREFIX_OF_LONG) break;
    prefix += next;
  }
  return `${prefix}%h${createHash('sha256').update(segment).digest('hex')}`;
}

/** The order of the manifest: that of the bytes of UTF-8, which JavaScript's own differs from beyond U+D800. */
export function compareKeys(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  for (let at = 0; at < end; at++) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (x === y) continue;
    const surrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdfff;
    if (surrogate(x) !== surrogate(y) && x >= 0xd800 && y >= 0xd800) return surrogate(x) ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}

/** A key for people: what would break a line is escaped as in paths. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
export const keyInWords = (key: string): string => key.replace(/[\u0000-\u001f\u007f]/g, escapeText);
