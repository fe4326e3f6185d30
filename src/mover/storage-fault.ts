import type { Reason } from '../api/reasons';
import { Fault } from './fault';

/** The bucket that holds the repository. */
export interface Place {
  /** URL of the S3 system. */
  endpoint: string;
  bucket: string;
}

/** restic's words for what it could not delete. */
const REMOVES = /\b(unable to remove|Remove\(|RemoveObject)/;

/** What each fault of an S3 system says, and how to mend it. `words` are those of whoever met it. */
const SENTENCES = {
  StorageUnreachable: (at, words) =>
    `The S3 system ${at.endpoint}, which holds the bucket ${at.bucket}, cannot be reached: ${words}. Check s3Host and the network.`,
  StorageNotAnswering: (at, words) =>
    `The S3 system ${at.endpoint}, which holds the bucket ${at.bucket}, does not answer: ${words}. Look at it, and at what lies between: a firewall that drops packets looks so, too.`,
  StorageUnavailable: (at, words) =>
    `The S3 system ${at.endpoint}, which holds the bucket ${at.bucket}, answers with errors of its own: ${words}. Look at its log.`,
  CertificateNotTrusted: (at, words) =>
    `The certificate of the S3 system ${at.endpoint}, which holds the bucket ${at.bucket}, is not trusted: ${words}. For a private authority set s3BackupConfig.tls.caBundle; else see that it is valid for this host name and this day.`,
  AccessKeyUnknown: (at, words) =>
    `The S3 system ${at.endpoint}, which holds the bucket ${at.bucket}, does not know the access key: ${words}. Correct the access key id in the Secret that s3Credentials names, or look whether s3Host is the right one.`,
  SecretKeyWrong: (at, words) =>
    `The S3 system ${at.endpoint}, which holds the bucket ${at.bucket}, does not accept the signature: ${words}. Correct the secret key in the Secret that s3Credentials names; check region.`,
  CredentialsRefused: (at, words) =>
    `The S3 system ${at.endpoint} refused the credentials for the bucket ${at.bucket}: ${words}. Let the key list, read, write and delete there.`,
  BucketMissing: (at, words) =>
    `The bucket ${at.bucket} does not exist at ${at.endpoint}: ${words}. Create it.`,
  BucketNotWritable: (at, words) =>
    REMOVES.test(words)
      ? `The bucket ${at.bucket} at ${at.endpoint} can be read, but the key may not delete: ${words}. Let it delete (DeleteObject) there; or, if it is meant to delete nothing but locks, name one that may in s3BackupConfig.maintenanceCredentials. Look whether the bucket is locked against changes.`
      : `The bucket ${at.bucket} at ${at.endpoint} can be read, but not written: ${words}. Let the key write (PutObject) and delete (DeleteObject) there; look whether the bucket is full, or locked against changes.`,
} as const satisfies Partial<Record<Reason, (at: Place, words: string) => string>>;

export type StorageReason = keyof typeof SENTENCES;
export const STORAGE_REASONS = Object.keys(SENTENCES) as StorageReason[];

export const storageFault = (reason: StorageReason, at: Place, words: string): Fault =>
  new Fault(reason, SENTENCES[reason](at, words.replace(/[.\s]+$/, '')));
