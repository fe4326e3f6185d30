import * as minio from '@pulumi/minio';
import { MinioBackupBucket, SecretKey } from 'service-backup/pulumi';

new MinioBackupBucket('wiki', {
  minio,
  bucketName: 'wiki-backup',
  s3: {
    s3Host: 's3.example.net',
    s3Credentials: SecretKey.pair('s3-{bucket}', 'AccessKey', 'SecretKey'),
    maintenanceCredentials: SecretKey.pair('maintenance-{bucket}', 'AccessKey', 'SecretKey'),
  },
});
