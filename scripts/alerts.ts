import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ALERTS } from '../src/constructs/alerts';

/** Writes docs/alerts.yaml, for a Prometheus without the Prometheus Operator; with --check it only says whether it is up to date. */
const FILE = join(__dirname, '..', 'docs', 'alerts.yaml');

const INTRO =
  '# Made by `npx tsx scripts/alerts.ts` from src/constructs/alerts.ts: change it there. See docs/monitoring.md.\n';

/** docs/alerts.yaml, as the code would have it: a rules file as Prometheus reads it. */
export function alertsFile(): string {
  return INTRO + stringify({ groups: [ALERTS] }, { lineWidth: 0 });
}

if (require.main === module) {
  if (!process.argv.includes('--check')) {
    writeFileSync(FILE, alertsFile());
    console.log('docs/alerts.yaml is written.');
  } else if (existsSync(FILE) && readFileSync(FILE, 'utf8') === alertsFile()) {
    console.log('docs/alerts.yaml is up to date.');
  } else {
    console.error(
      'docs/alerts.yaml differs from what src/constructs/alerts.ts says: run `npx tsx scripts/alerts.ts` and commit it.',
    );
    process.exitCode = 1;
  }
}
