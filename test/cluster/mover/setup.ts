import { prepare } from '../../../testbed/boot';

/** restic and the S3 store are the testbed's: whoever has not built them yet waits for it here. */
export default async function setup(): Promise<void> {
  await prepare();
}
