import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { BackupOperator, Schedule, SecretKey } from 'service-backup';
import type { ServicesOptions } from './options';

/** The operator, and what holds for all services. The two Secrets are written by whoever administers the cluster. */
export class Operator extends Chart {
  constructor(scope: Construct, options: ServicesOptions = {}) {
    super(scope, 'operator');
    const {
      namespace,
      images,
      s3Host,
      region,
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
        resticPasswordSecret: SecretKey.of(passwordSecret, 'pw'),
      },
    });
  }
}
