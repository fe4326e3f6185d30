import type { Fault } from './fault';
import { type Place, type StorageReason, storageFault } from './storage-fault';

/** What an S3 system answered. */
export interface Answer {
  status: number;
  body: string;
  /** The `Date` of the answer: what time it is there. */
  date?: string;
}

/** An error code that means one thing, whatever the status. Names differ between S3 systems. */
const CODES: [pattern: RegExp, reason: StorageReason][] = [
  [/^NoSuchBucket$/, 'BucketMissing'],
  [/^InvalidAccessKeyId$|UserNotFound$|^NoSuchUser$|^InvalidClientTokenId$/, 'AccessKeyUnknown'],
  // Some say so of a region that is not the bucket's, since the region is part of what is signed.
  [/^SignatureDoesNotMatch$|^Authorization\w+(Malformed|Error)$|^IncorrectSignature$/, 'SecretKeyWrong'],
  [/Quota|^InsufficientStorage$|StorageFull$|^InsufficientCapacity$/, 'BucketNotWritable'],
  [/^AccountProblem$|^ExpiredToken$|^InvalidToken$|^RequestTimeTooSkewed$/, 'CredentialsRefused'],
];

export const codeOf = ({ body }: Answer): string | undefined => /<Code>([^<]+)<\/Code>/.exec(body)?.[1];

/** An answer that another try may better. A full bucket stays full, and what a system cannot do (501) it does not learn. */
export const passes = (answer: Answer): boolean =>
  ((answer.status >= 500 && answer.status !== 501) ||
    answer.status === 429 ||
    codeOf(answer) === 'RequestTimeout') &&
  reasonOf(answer, true) !== 'BucketNotWritable';

/** The code says something of the whole S3 system, or of its bucket. */
export const isKnown = (code: string): boolean => CODES.some(([pattern]) => pattern.test(code));

/** @param writes the request would have changed the bucket, which was read before */
export function reasonOf(answer: Answer, writes: boolean): StorageReason {
  const { status } = answer;
  const code = codeOf(answer) ?? '';
  const known = CODES.find(([pattern]) => pattern.test(code));
  if (known) return known[1];
  if (status === 507) return 'BucketNotWritable';
  if (status === 401 || status === 403 || code === 'AccessDenied')
    return writes ? 'BucketNotWritable' : 'CredentialsRefused';
  if (status >= 500 || status === 429) return 'StorageUnavailable';
  // A page, a redirection, an error without a code: whoever answers is not the S3 system.
  return 'StorageUnreachable';
}

export function faultOfAnswer(answer: Answer, at: Place, doing: string, writes: boolean): Fault {
  const code = codeOf(answer);
  return storageFault(
    reasonOf(answer, writes),
    at,
    answer.status === 200
      ? `what answered when ${doing} (status 200) is no S3 system: a proxy's page, perhaps`
      : `it answered ${answer.status}${code ? ` (${code})` : ''} when ${doing}`,
  );
}

/** Our own limit was reached. */
export const NO_ANSWER = 'NO_ANSWER';

/** What went wrong before there was an answer, by Node's own codes. */
export function faultOfError(error: NodeJS.ErrnoException, at: Place): Fault {
  const reason = isCertificate(error) ? 'CertificateNotTrusted' : reasonOfError(error);
  return storageFault(reason, at, wordsOf(error));
}

/** A certificate does not get better by another try. */
export const isCertificate = ({ code = '' }: NodeJS.ErrnoException): boolean =>
  /CERT|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA/.test(code);

export const reasonOfError = ({ code = '' }: NodeJS.ErrnoException): StorageReason =>
  [NO_ANSWER, 'ETIMEDOUT', 'ECONNRESET', 'EPIPE', 'ECONNABORTED'].includes(code)
    ? 'StorageNotAnswering'
    : 'StorageUnreachable';

export function wordsOf({ message, code }: NodeJS.ErrnoException): string {
  const [, tls] = /SSL routines:[^:]*:([^:]+)/.exec(message) ?? [];
  if (tls) return `it does not speak TLS as it should (${tls})`;
  // A connection that fails for several addresses has an empty message; Node's advice on certificates is not for here.
  return message.split(';')[0] || code || 'no reason given';
}
