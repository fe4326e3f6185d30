import { prepare } from '../../../testbed/boot';
import { moto } from '../../../testbed/build/moto';

/** restic and the S3 systems are the testbed's: whoever has not built them yet waits for it here. */
export default async function setup(): Promise<void> {
  await Promise.all([prepare(), moto()]);
}
