import type { StorageReason } from './storage-fault';

/** What restic's words say is at fault. */
export type Cause = StorageReason | 'DiskFull' | 'RepositoryDamaged';

/** restic's S3 library prefixes what a request that writes was answered; `Save` and `Remove` are restic's own words for them. */
const WRITES = /client\.(PutObject|RemoveObject|Complete|NewMultipart)|\b(Save|Remove)\(</;

/**
 * The S3 system's answers reach us as the text that it sent along: of the well-known systems, and of restic's S3 library when there
 * was none ("Error response code AccessDenied."). The first that matches counts.
 */
const CAUSES: [pattern: RegExp, cause: Cause, writes?: true][] = [
  [
    /ciphertext (verification failed|too short)|decrypt invalid data|invalid data returned|is damaged|missing (in|from the) repo|hash mismatch/,
    'RepositoryDamaged',
  ],
  [/(Load|ReadFull)\(<(data|index)\/.*specified key does not exist/, 'RepositoryDamaged'],
  [/no space left on device|disk quota exceeded/i, 'BucketNotWritable', true],
  [/no space left on device|disk quota exceeded/i, 'DiskFull'],
  [
    /quota ?exceeded|exceed\w* .*quota|reached its minimum free|StorageFull|insufficient ?storage/i,
    'BucketNotWritable',
  ],
  [/x509: |failed to verify certificate/, 'CertificateNotTrusted'],
  [
    /connection refused|no such host|network is unreachable|no route to host|server misbehaving/i,
    'StorageUnreachable',
  ],
  [/InvalidAccessKeyId|access key id you provided|UserNotFound|NoSuchUser/i, 'AccessKeyUnknown'],
  [
    /SignatureDoesNotMatch|signature we calculated|AuthorizationHeaderMalformed|region is wrong/i,
    'SecretKeyWrong',
  ],
  [/NoSuchBucket|specified bucket does not exist/i, 'BucketMissing'],
  [/access ?denied|forbidden|WORM protected/i, 'BucketNotWritable', true],
  [/access ?denied|forbidden/i, 'CredentialsRefused'],
  [
    /SlowDown|reduce your request rate|internal ?error|service ?unavailable|bad gateway|gateway time|too many requests|\b50[0-4] (internal|not|bad|service|gateway)/i,
    'StorageUnavailable',
  ],
  [/timeout|timed out|deadline exceeded|connection reset|\bEOF\b|broken pipe/i, 'StorageNotAnswering'],
];

export function causeOf(words: string): Cause | undefined {
  // Names of files stand in quotes, and may read like anything.
  const plain = words.replace(/"[^"]*"/g, '""');
  const writes = WRITES.test(plain);
  return CAUSES.find(([pattern, , onlyWrites]) => (!onlyWrites || writes) && pattern.test(plain))?.[1];
}

/** restic tries these over for 15 minutes, and no try will end otherwise before a person has done something. */
export const HOPELESS: readonly (Cause | undefined)[] = [
  'DiskFull',
  'BucketNotWritable',
  'CertificateNotTrusted',
  'AccessKeyUnknown',
  'SecretKeyWrong',
  'CredentialsRefused',
  'BucketMissing',
];
