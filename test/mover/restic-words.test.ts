import { causeOf } from '../../src/mover/restic-words';

// Words of restic 0.18.0 with several S3 systems' answers in them.
test.each<[string, ReturnType<typeof causeOf>]>([
  ['client.PutObject: Access Denied.', 'BucketNotWritable'],
  ['Save(<lock/28d7c02c19>) failed: Error response code AccessDenied.', 'BucketNotWritable'],
  ['Remove(<data/4a5de9e8be>) failed: client.RemoveObject: Access Denied.', 'BucketNotWritable'],
  ['Save(<data/1>): client.PutObject: Bucket quota exceeded', 'BucketNotWritable'],
  ['Save(<data/1>): client.PutObject: Quota exceeded', 'BucketNotWritable'],
  ['client.PutObject: Storage backend has reached its minimum free drive threshold.', 'BucketNotWritable'],
  ['client.PutObject: write /s3/data/1: no space left on device', 'BucketNotWritable'],
  ['Object is WORM protected and cannot be overwritten: client.PutObject', 'BucketNotWritable'],
  ['Load(<snapshot/1>): Copy: write /cache/tmp-1: no space left on device', 'DiskFull'],
  ['Write: write /tmp/restic-temp-pack-1: disk quota exceeded', 'DiskFull'],
  ['List(data) failed: Access Denied.', 'CredentialsRefused'],
  ['client.GetObject: 403 Forbidden', 'CredentialsRefused'],
  ['The Access Key Id you provided does not exist in our records.', 'AccessKeyUnknown'],
  ['The request signature we calculated does not match the signature you provided.', 'SecretKeyWrong'],
  ["The authorization header is malformed; the region is wrong; expecting 'eu-1'.", 'SecretKeyWrong'],
  ['The specified bucket does not exist', 'BucketMissing'],
  ['dial tcp 127.0.0.1:9: connect: connection refused', 'StorageUnreachable'],
  ['dial tcp: lookup s3.example.net: no such host', 'StorageUnreachable'],
  [
    'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    'CertificateNotTrusted',
  ],
  ['Load(<data/1>, 0, 0): Please reduce your request rate.', 'StorageUnavailable'],
  ['We encountered an internal error, please try again.', 'StorageUnavailable'],
  ['client.PutObject: 503 Service Unavailable', 'StorageUnavailable'],
  ['read tcp: connection reset by peer', 'StorageNotAnswering'],
  ['net/http: timeout awaiting response headers', 'StorageNotAnswering'],
  ['LoadRaw(<index/342fd80eba>): invalid data returned', 'RepositoryDamaged'],
  ['decrypting blob <data/1> failed: ciphertext verification failed', 'RepositoryDamaged'],
  ['Fatal: packs from index missing in repo', 'RepositoryDamaged'],
  ['Fatal: config or key 0c2a is damaged: ciphertext verification failed', 'RepositoryDamaged'],
  ['Load(<data/bc99ab15df>, 0, 0) failed: The specified key does not exist.', 'RepositoryDamaged'],
  [
    'error for tree 769ed678: ReadFull(<data/bc99ab15df>): The specified key does not exist.',
    'RepositoryDamaged',
  ],
  // A lock may go at any time.
  ['Load(<lock/bc99ab15df>, 0, 0) failed: The specified key does not exist.', undefined],
  // Missing packs may be those of a listing that was refused.
  ['pack fd81: does not exist', undefined],
  ['unable to save snapshot: snapshot is empty', undefined],
  // A file may have any name.
  ['failed to save blob from file "x509: no space left on device, Access Denied"', undefined],
  ['503 files', undefined],
])('%s: %s', (words, cause) => {
  expect(causeOf(words)).toBe(cause);
});
