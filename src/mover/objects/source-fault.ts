import type { Reason } from '../../api/reasons';
import { Fault } from '../fault';
import { type Answer, codeOf, isCertificate, isKnown, reasonOf, reasonOfError, wordsOf } from '../s3-fault';
import type { Place, StorageReason } from '../storage-fault';
import { textOf } from './xml';

type SourceReason = Extract<Reason, `Source${string}`>;

/** An answer, and what time it was here when it was asked for. */
export interface Reply extends Answer {
  sent: number;
}

/** A key as it is told: control characters are seen, and 1,024 bytes are not needed to find it. */
export const named = (key: string): string =>
  JSON.stringify(key.length > 200 ? `${key.slice(0, 200)}…` : key);

const at = ({ endpoint, bucket }: Place) =>
  `The S3 system ${endpoint}, which holds the service's bucket ${bucket},`;

/** The same faults as of the S3 system that holds the repository, said of the service's. */
const SENTENCES: Record<StorageReason, [SourceReason, (place: Place, words: string) => string]> = {
  StorageUnreachable: [
    'SourceUnreachable',
    (place, words) =>
      `${at(place)} cannot be reached: ${words}. Check s3ServiceConfig.s3Host and the network.`,
  ],
  StorageNotAnswering: [
    'SourceUnreachable',
    (place, words) =>
      `${at(place)} does not answer: ${words}. Look at it, and at what lies between: a firewall that drops packets looks so, too.`,
  ],
  StorageUnavailable: [
    'SourceUnreachable',
    (place, words) => `${at(place)} answers with errors of its own: ${words}. Look at its log.`,
  ],
  CertificateNotTrusted: [
    'SourceNotTrusted',
    (place, words) =>
      `The certificate of the S3 system ${place.endpoint}, which holds the service's bucket ${place.bucket}, is not trusted: ${words}. For a private authority set s3ServiceConfig.tls.caBundle; else see that it is valid for this host name and this day.`,
  ],
  AccessKeyUnknown: [
    'SourceRefused',
    (place, words) =>
      `${at(place)} does not know the access key: ${words}. Correct the access key id in the Secret that s3ServiceConfig.s3Credentials names, or look whether s3Host is the right one.`,
  ],
  SecretKeyWrong: [
    'SourceRefused',
    (place, words) =>
      `${at(place)} does not accept the signature: ${words}. Correct the secret key in the Secret that s3ServiceConfig.s3Credentials names; check region.`,
  ],
  CredentialsRefused: [
    'SourceRefused',
    (place, words) =>
      `${at(place)} refused it: ${words}. Let the key list the bucket (ListBucket), and read its objects with their tags (GetObject, GetObjectTagging).`,
  ],
  BucketNotWritable: [
    'SourceRefused',
    (place, words) =>
      `${at(place)} takes nothing: ${words}. Let the key write there (PutObject, PutObjectTagging); look whether the bucket is full, or locked against changes.`,
  ],
  BucketMissing: [
    'SourceBucketMissing',
    ({ endpoint, bucket }, words) =>
      `The service's bucket ${bucket} does not exist at ${endpoint}: ${words}. Correct its name, or create it.`,
  ],
};

const said = (reason: StorageReason, place: Place, words: string): Fault => {
  const [source, sentence] = SENTENCES[reason];
  return new Fault(source, sentence(place, words.replace(/[.\s]+$/, '')));
};

/** What an answer that was not hoped for says of the whole S3 system. */
export function faultOfAnswer(answer: Reply, place: Place, doing: string, writes = false): Fault {
  const code = codeOf(answer);
  if (code === 'RequestTimeTooSkewed') return clockFault(answer, place, doing);
  const words =
    answer.status === 200
      ? `what answered when ${doing} (status 200) is no S3 system: a proxy's page, perhaps`
      : `it answered ${answer.status}${code ? ` (${code})` : ''} when ${doing}`;
  return said(reasonOf(answer, writes), place, words);
}

/** An error of an S3 system that is of one object alone, whatever else can be had. */
const isOfOne = (answer: Answer): boolean => {
  const code = codeOf(answer);
  return code !== undefined && !isKnown(code) && answer.status !== 429 && answer.status !== 503;
};

/** What an answer to a request for an object says. */
export function faultOfReading(answer: Reply, place: Place, key: string): Fault {
  if (isOfOne(answer)) return unreadable(key, place, saidIn(answer));
  return faultOfAnswer(answer, place, `reading ${named(key)}`);
}

/** What an answer to an object says that was to be written. */
export function faultOfWriting(answer: Reply, place: Place, key: string): Fault {
  if (isOfOne(answer) && codeOf(answer) !== 'AccessDenied') {
    const words = `The object ${named(key)} cannot be written into the bucket ${place.bucket}: ${saidIn(answer)}.`;
    return new Fault('UnwritableObjects', words);
  }
  return faultOfAnswer(answer, place, `writing ${named(key)}`, true);
}

export const unreadable = (key: string, { bucket }: Place, words: string): Fault =>
  new Fault(
    'UnreadableObjects',
    `The object ${named(key)} of the bucket ${bucket} cannot be read: ${words}.`,
  );

const saidIn = (answer: Answer): string => {
  const said = textOf(answer.body, 'Message')?.replace(/[.\s]+$/, '');
  return `the S3 system answers ${answer.status} (${codeOf(answer)}${said ? `: ${said}` : ''})`;
};

export const faultOfError = (error: NodeJS.ErrnoException, place: Place, doing: string): Fault =>
  said(
    isCertificate(error) ? 'CertificateNotTrusted' : reasonOfError(error),
    place,
    `${wordsOf(error)}, when ${doing}`,
  );

/** The bucket is in another region, or at another host, than the settings say. */
export function regionFault(answer: Answer, place: Place, region: string): Fault {
  const host = textOf(answer.body, 'Endpoint');
  return new Fault(
    'SourceRefused',
    `${at(place)} says that it is elsewhere: in the region ${region}${host ? `, at ${host}` : ''}. Set s3ServiceConfig.region${host ? ' and s3ServiceConfig.s3Host' : ''} so.`,
  );
}

function clockFault({ body, date, sent }: Reply, place: Place, doing: string): Fault {
  const minutes = Math.round((sent - Date.parse(textOf(body, 'ServerTime') ?? date ?? '')) / 60_000);
  const words = Number.isNaN(minutes)
    ? 'it does not say which'
    : `this node is ${Math.abs(minutes)} minutes ${minutes < 0 ? 'behind' : 'ahead'}`;
  return new Fault(
    'SourceRefused',
    `${at(place)} has another time than the node of this Job (${words}), and refused the request when ${doing}. Set the clocks by NTP.`,
  );
}
