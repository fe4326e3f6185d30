import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { crds } from '../src/api';

/** Writes imports/ from the CRDs by `cdk8s import`; with --check it only says whether it is up to date. */
const ROOT = join(__dirname, '..');
const COMMITTED = join(ROOT, 'imports', 'servicebackup.io.ts');

function generate(): string {
  const directory = mkdtempSync(join(tmpdir(), 'imports-'));
  try {
    const source = join(directory, 'crds.yaml');
    writeFileSync(
      source,
      crds()
        .map((crd) => stringify(crd))
        .join('---\n'),
    );
    const cdk8s = join(ROOT, 'node_modules', 'cdk8s-cli', 'bin', 'cdk8s');
    execFileSync(
      process.execPath,
      [
        cdk8s,
        'import',
        source,
        '--language',
        'typescript',
        '--output',
        directory,
        '--save',
        'false',
        '--check-upgrade',
        'false',
      ],
      // It says much when it works; when it fails, the error carries what it said.
      { cwd: directory, stdio: 'pipe' },
    );
    return readFileSync(join(directory, 'servicebackup.io.ts'), 'utf8');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const generated = generate();
if (!process.argv.includes('--check')) {
  mkdirSync(join(ROOT, 'imports'), { recursive: true });
  writeFileSync(COMMITTED, generated);
  console.log('imports/servicebackup.io.ts is written.');
} else if (existsSync(COMMITTED) && readFileSync(COMMITTED, 'utf8') === generated) {
  console.log('imports/servicebackup.io.ts is up to date.');
} else {
  console.error(
    'imports/servicebackup.io.ts differs from what src/api says: run `npm run imports` and commit it.',
  );
  process.exitCode = 1;
}
