import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const BUNDLES = ['operator.js.gz', 'mover.js.gz', 'bucket-maker.js.gz', 'cli.js'].map((name) =>
  join(ROOT, 'build', name),
);

/** What is shipped is what `npm run build` made. On a fresh clone nothing is built; what is older does for these tests. */
export function built(): void {
  if (BUNDLES.every((file) => existsSync(file))) return;
  execFileSync(process.execPath, ['--import', 'tsx', 'scripts/build.ts'], { cwd: ROOT, stdio: 'pipe' });
}
