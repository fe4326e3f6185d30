import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { BackupOperator, Schedule, SecretKey } from 'service-backup';
import type { ServicesOptions } from './options';

/**
 * The operator, and what holds for all services. The Secrets, and the claim to which buckets are copied, are made by whoever administers
 * the cluster.
 */
export class Operator extends Chart {
  constructor(scope: Construct, options: ServicesOptions = {}) {
    super(scope, 'operator');
    const {
      namespace,
      images,
      s3Host,
      region,
      serviceS3Host,
      s3Secret = 's3-backup',
      passwordSecret = 'restic-pw',
    } = options;
    new BackupOperator(this, 'operator', {
      namespace,
      images,
      config: {
        schedule: Schedule.daily({ hour: 1, minute: 30, timeZone: 'Europe/Berlin' }),
        s3BackupConfig: {
          s3Host: s3Host ?? process.env.S3_HOST ?? 's3.example.net',
          region: region ?? process.env.AWS_REGION,
          s3Credentials: SecretKey.pair(s3Secret, 'AccessKey', 'SecretKey'),
        },
        s3ServiceConfig: {
          s3Host: serviceS3Host ?? process.env.SERVICE_S3_HOST ?? 's3.services.example.net',
          // For each bucket a user of its own, who may read it and nothing else.
          s3Credentials: SecretKey.pair('s3-{bucket}', 'AccessKey', 'SecretKey'),
        },
        scratchVol: { claimName: 'scratch' },
        resticPasswordSecret: SecretKey.of(passwordSecret, 'pw'),
      },
    });
  }
}
