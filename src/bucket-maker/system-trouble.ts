import { type Answer, codeOf, isCertificate, reasonOf, reasonOfError, wordsOf } from '../mover/s3-fault';
import type { StorageReason } from '../mover/storage-fault';
import { refusal, setback, type Trouble } from './trouble';

type Sentence = [make: (message: string) => Trouble, say: (at: string, words: string) => string];

const refused: Sentence = [
  refusal,
  (at, words) =>
    `${at} refused it: ${words}. Look at the task, which the BackupBucket says, and at the log there.`,
];

/** The faults that the mover knows of an S3 system, said of the administrator's requests. */
const SENTENCES: Record<StorageReason, Sentence> = {
  StorageUnreachable: [
    setback,
    (at, words) =>
      `${at} cannot be reached: ${words}. Check the endpoint, and whether Jobs of the Job namespace may go there.`,
  ],
  StorageNotAnswering: [
    setback,
    (at, words) =>
      `${at} does not answer: ${words}. Look at it, and at what lies between: a firewall that drops packets looks so, too.`,
  ],
  StorageUnavailable: [
    setback,
    (at, words) => `${at} answers with errors of its own: ${words}. Look at its log.`,
  ],
  CertificateNotTrusted: [
    refusal,
    (at, words) =>
      `The certificate of ${at.replace(/^The/, 'the')} is not trusted: ${words}. For a private authority set tls.caBundle of the BackupBucket's s3; else see that it is valid for this host name and this day.`,
  ],
  AccessKeyUnknown: [
    refusal,
    (at, words) =>
      `${at} does not know the administrator's access key: ${words}. Correct the access key id in the Secret that \`admin\` of the BackupBucket names, or look whether the endpoint is the right one.`,
  ],
  SecretKeyWrong: [
    refusal,
    (at, words) =>
      `${at} does not accept the administrator's signature: ${words}. Correct the secret key in the Secret that \`admin\` of the BackupBucket names; check region.`,
  ],
  CredentialsRefused: [
    refusal,
    (at, words) =>
      `${at} does not let the administrator do it: ${words}. Put the keys of an administrator of the S3 system into the Secret that \`admin\` of the BackupBucket names.`,
  ],
  BucketMissing: refused,
  BucketNotWritable: refused,
};

const said = ([make, say]: Sentence, at: string, words: string): Trouble =>
  make(say(at, words.replace(/[.\s]+$/, '')));

/** @param at the S3 system, as the subject of a sentence */
export function troubleOfAnswer(answer: Answer & { sent: number }, at: string, doing: string): Trouble {
  const code = codeOf(answer);
  if (code === 'RequestTimeTooSkewed') return clockTrouble(answer, at, doing);
  const message = /<Message>([^<]*)<\/Message>/.exec(answer.body)?.[1];
  const words = `it answered ${answer.status}${code ? ` (${code}${message ? `: ${message}` : ''})` : ''} when ${doing}`;
  const reason = reasonOf(answer, false);
  // A word of the S3 system's own is no sign that something else answered.
  return said(code && reason === 'StorageUnreachable' ? refused : SENTENCES[reason], at, words);
}

export const troubleOfError = (error: NodeJS.ErrnoException, at: string, doing: string): Trouble =>
  said(
    SENTENCES[isCertificate(error) ? 'CertificateNotTrusted' : reasonOfError(error)],
    at,
    `${wordsOf(error)}, when ${doing}`,
  );

function clockTrouble({ date, sent }: Answer & { sent: number }, at: string, doing: string): Trouble {
  const minutes = Math.round((sent - Date.parse(date ?? '')) / 60_000);
  const words = Number.isNaN(minutes)
    ? 'it does not say which'
    : `this node is ${Math.abs(minutes)} minutes ${minutes < 0 ? 'behind' : 'ahead'}`;
  return setback(
    `${at} has another time than the node of this Job (${words}), and refused the request when ${doing}. Set the clocks by NTP.`,
  );
}
