import type { Place } from '../storage-fault';
import { unreadable } from './source-fault';
import { all, textOf } from './xml';

export interface Listed {
  key: string;
  size: number;
  /** Without quotes. */
  etag: string;
  /** ISO 8601, to the second: headers have no finer time. */
  modified: string;
}

export interface Page {
  objects: Listed[];
  /** Of the next page, if there is one. */
  token?: string;
}

/** A time as S3 systems write them, in either of their forms; empty: it is none. */
export const timeOf = (text: string): string => {
  const time = Date.parse(text);
  return Number.isNaN(time) ? '' : `${new Date(time).toISOString().slice(0, 19)}Z`;
};

function decoded(key: string, place: Place): string {
  try {
    // Some write a space as `+`; what is a plus is always encoded.
    return decodeURIComponent(key.replaceAll('+', '%20'));
  } catch {
    throw unreadable(
      key,
      place,
      'its key, which is told percent-encoded here, is no UTF-8, as S3 would have it',
    );
  }
}

/**
 * The answer to ListObjectsV2, or undefined: it is none, or not whole.
 *
 * @throws UnreadableObjects: it lists a key that is no text
 */
export function pageOf(xml: string, place: Place): Page | undefined {
  if (!xml.includes('<ListBucketResult') || !/<\/ListBucketResult>\s*$/.test(xml)) return undefined;
  const encoded = textOf(xml, 'EncodingType') === 'url';
  const objects = all(xml, 'Contents').map((entry) => {
    const key = textOf(entry, 'Key') ?? '';
    return {
      key: encoded ? decoded(key, place) : key,
      size: Number(textOf(entry, 'Size') ?? Number.NaN),
      etag: (textOf(entry, 'ETag') ?? '').replaceAll('"', ''),
      modified: timeOf(textOf(entry, 'LastModified') ?? ''),
    };
  });
  const count = textOf(xml, 'KeyCount');
  const token = textOf(xml, 'NextContinuationToken');
  const more = textOf(xml, 'IsTruncated') === 'true';
  const whole = objects.every(({ key, size }) => key !== '' && Number.isSafeInteger(size));
  if (!whole || (count !== undefined && Number(count) !== objects.length) || (more && !token))
    return undefined;
  return { objects, ...(more && { token }) };
}
