import type { BucketTask } from '../api/bucket-task';
import type { Keys } from './keys';
import { versitygw } from './versitygw';

/** The part of S3 systems that Amazon's API leaves open: their users. Nothing here changes a user, or takes one away. */
export interface Admin {
  /** Every user, and what else it may do than bucket policies say: its role, in words. */
  users(): Promise<Map<string, { privilege?: string }>>;
  /** A user who may do nothing of itself. False: there is one of that name, and it stays as it is. */
  create(keys: Keys): Promise<boolean>;
  close(): void;
}

const APIS: Record<BucketTask['admin']['api'], (task: BucketTask, keys: Keys) => Admin> = { versitygw };

export const adminOf = (task: BucketTask, keys: Keys): Admin => APIS[task.admin.api](task, keys);
