import { Duration as PlainDuration } from 'cdk8s';
import * as plain from '../constructs';
import { type Lifted, lifted } from './inputs';

/** Who may make buckets and users on an S3 system, and by which interface. */
export const BucketAdmin = lifted(plain.BucketAdmin);
export type BucketAdmin = Lifted<plain.BucketAdmin>;

/** One thing to back up. A claim is given by its name. */
export const Item = lifted(plain.Item);
export type Item = Lifted<plain.Item>;

/** How long snapshots of an item are kept. A retention that would keep nothing fails the deployment. */
export const Retention = lifted(plain.Retention);
export type Retention = Lifted<plain.Retention>;

/** When backups start. A schedule that never fires fails the deployment. */
export const Schedule = lifted(plain.Schedule);
export type Schedule = Lifted<plain.Schedule>;

/** One key of a Secret in the Job namespace. The Secret is never read by the deployment, nor by the operator. */
export const SecretKey = lifted(plain.SecretKey);
export type SecretKey = Lifted<plain.SecretKey>;

/** A length of time. */
export const Duration = lifted(PlainDuration, {
  // It calculates, which what stands for an Output does not bear.
  tell: (duration) => (duration as PlainDuration).toSeconds({ integral: false }),
  make: (seconds: number) => PlainDuration.seconds(seconds),
});
export type Duration = Lifted<PlainDuration>;
