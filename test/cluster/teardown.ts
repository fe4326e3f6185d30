import { down } from '../../testbed';

/** Leaves nothing behind, unless the next run shall find the testbed booted (KEEP_TESTBED=1, for a quick edit and test loop). */
export default async function teardown(): Promise<void> {
  if (!process.env.KEEP_TESTBED) await down();
}
