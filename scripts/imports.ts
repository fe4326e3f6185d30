import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { crds } from '../src/api';
import { writeOrCheck } from './generated';

const ROOT = join(__dirname, '..');

/** imports/, from the CRDs by `cdk8s import`. */
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

writeOrCheck({
  file: 'imports/servicebackup.io.ts',
  text: generate(),
  source: 'src/api',
  command: 'npm run imports',
});
