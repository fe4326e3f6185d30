import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Generated {
  /** Path within the repository. */
  file: string;
  /** What it should hold. */
  text: string;
  /** Of what it is made, and by which command. */
  source: string;
  command: string;
}

/** Writes a file that is made from the code; with --check it only says, by the exit code too, whether it is up to date. */
export function writeOrCheck({ file, text, source, command }: Generated): void {
  const path = join(__dirname, '..', file);
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    console.log(`${file} is written.`);
  } else if (existsSync(path) && readFileSync(path, 'utf8') === text) {
    console.log(`${file} is up to date.`);
  } else {
    console.error(`${file} differs from what ${source} says: run \`${command}\` and commit it.`);
    process.exitCode = 1;
  }
}
