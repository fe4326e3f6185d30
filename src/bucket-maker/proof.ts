import { setTimeout as wait } from 'node:timers/promises';
import type { Reason } from '../api/reasons';
import { Fault } from '../mover/fault';
import { Bucket } from '../mover/s3';
import type { Asked } from './asked';
import type { Keys } from './keys';
import { refusal, setback } from './trouble';

export interface Patience {
  /** How long keys may be refused. */
  forMs: number;
  everyMs: number;
}
/** S3 systems remember users for a while; versitygw for two minutes. */
const PATIENCE: Patience = { forMs: 150_000, everyMs: 2000 };

const MENDS: Partial<Record<Reason, string>> = {
  AccessKeyUnknown: 'Look whether the endpoint of the users is that of the S3 system itself.',
  SecretKeyWrong:
    "Put the user's own secret key there. If it is lost, and nobody else uses the user, delete user and Secret, and both are made anew.",
  CredentialsRefused: "Look for a statement in the bucket's policy that denies it.",
};

/** Lists the bucket with the keys of the n-th user. What has just been made may take a while to be known everywhere. */
export async function prove(
  { task, users }: Asked,
  n: number,
  keys: Keys,
  { forMs, everyMs }: Patience = PATIENCE,
): Promise<void> {
  const bucket = new Bucket({ ...task.s3, ...keys, bucket: task.bucket });
  const deadline = Date.now() + forMs;
  try {
    for (;;) {
      const fault = await bucket.list().then(() => undefined, faultFrom);
      if (!fault) return;
      const mend = MENDS[fault.reason];
      if (!mend) throw setback(fault.message);
      if (Date.now() >= deadline)
        throw refusal(
          `The keys in the Secret ${task.namespace}/${users[n]?.secret.secretName} do not open the bucket ${task.bucket}, not even after ${forMs / 1000} s. ${fault.message} ${mend}`,
        );
      await wait(everyMs);
    }
  } finally {
    bucket.close();
  }
}

function faultFrom(error: unknown): Fault {
  if (error instanceof Fault) return error;
  throw error;
}
