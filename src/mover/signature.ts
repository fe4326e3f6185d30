import { createHmac, hash as hashOf } from 'node:crypto';

export interface SigningKeys {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}

interface Unsigned {
  method: string;
  host: string;
  /** Already encoded, as it goes over the wire. */
  path: string;
  /** Name and value, neither encoded. */
  query: [string, string][];
  /** Their values as they go over the wire: one character a byte. */
  headers: Record<string, string>;
  /** SHA-256 of the body, in hexadecimal digits: the S3 system refuses another body. */
  hash: string;
}

export const sha256 = (text: string): string => hashOf('sha256', text);
/** Of no body at all. */
export const EMPTY_HASH = sha256('');

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const ofBytes = (text: string) => hashOf('sha256', Buffer.from(text, 'latin1'));

/** Percent-encoding as AWS signs it: everything but letters, digits and `-_.~`. */
export const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

export const queryString = (query: [string, string][]): string =>
  query
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');

let last: { of: string; key: string | Buffer } | undefined;
/** The same for all requests of a day. */
function signingKey(scope: string, secret: string): string | Buffer {
  const of = `${scope} ${secret}`;
  if (last?.of !== of) last = { of, key: scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`) };
  return last.key;
}

/** The headers of a request, with AWS Signature Version 4 for S3. */
export function sign(request: Unsigned, keys: SigningKeys, now: Date): Record<string, string> {
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${time.slice(0, 8)}/${keys.region}/s3/aws4_request`;
  const { hash } = request;
  const headers: Record<string, string> = {
    ...request.headers,
    host: request.host,
    'x-amz-content-sha256': hash,
    'x-amz-date': time,
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    request.method,
    request.path,
    queryString(request.query),
    ...names.map((name) => `${name}:${headers[name]?.trim().replace(/ +/g, ' ')}`),
    '',
    names.join(';'),
    hash,
  ].join('\n');
  const text = ['AWS4-HMAC-SHA256', time, scope, ofBytes(canonical)].join('\n');
  const key = signingKey(scope, keys.secretAccessKey);
  const signature = createHmac('sha256', key).update(text).digest('hex');
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}
