import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build as esbuild } from 'esbuild';

const ROOT = join(__dirname, '..');

/**
 * Bundles travel in ConfigMaps. Client-side `kubectl apply` repeats an object in an annotation of at most 262,144 bytes, in
 * base64: 150 kB leave room for the rest.
 */
const MOST_BYTES_GZIPPED = 150_000;

interface Program {
  name: string;
  entry: string;
  travelsAsData: boolean;
  options?: BuildOptions;
}

const PROGRAMS: Program[] = [
  { name: 'operator', entry: 'src/operator/main.ts', travelsAsData: true },
  { name: 'mover', entry: 'src/mover/main.ts', travelsAsData: true },
  {
    name: 'cli',
    entry: 'src/cli/main.ts',
    travelsAsData: false,
    options: { banner: { js: '#!/usr/bin/env node' } },
  },
];

async function bundle({ name, entry, options }: Program): Promise<Buffer> {
  const result = await esbuild({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile: `build/${name}.js`,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
    ...options,
  });
  return Buffer.from(result.outputFiles![0]!.contents);
}

/** The same bytes for the same text, wherever it runs: no time and no operating system in the header. */
function gzip(bytes: Buffer): Buffer {
  const zipped = gzipSync(bytes, { level: 9 });
  zipped.writeUInt32LE(0, 4);
  zipped[9] = 255;
  return zipped;
}

const kB = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

/** Whole or not at all: a synth beside it never reads half a file. */
function write(file: string, bytes: Buffer, mode: number): void {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, bytes, { mode });
  renameSync(temporary, file);
}

/** Builds every program into build/. Returns what went wrong, in sentences. */
export async function build(print: (line: string) => void = () => undefined): Promise<string[]> {
  mkdirSync(join(ROOT, 'build'), { recursive: true });
  const problems: string[] = [];
  for (const program of PROGRAMS) {
    const file = join(ROOT, 'build', `${program.name}.js`);
    const script = await bundle(program);
    const zipped = gzip(script);
    write(file, script, program.travelsAsData ? 0o644 : 0o755);
    write(`${file}.gz`, zipped, 0o644);
    const sizes = `${kB(script.length).padStart(10)} ${kB(zipped.length).padStart(10)} gzipped`;
    print(`${program.name.padEnd(8)} ${sizes}  sha256 ${sha256(zipped).slice(0, 10)}`);
    if (program.travelsAsData && zipped.length > MOST_BYTES_GZIPPED) {
      problems.push(
        `${program.name}: ${kB(zipped.length)} gzipped are more than the ${kB(MOST_BYTES_GZIPPED)} that fit in a ConfigMap by client-side apply: find the dependency that grew.`,
      );
    }
  }
  return problems;
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

if (require.main === module) {
  build((line) => console.log(line)).then(
    (problems) => {
      for (const problem of problems) console.error(problem);
      process.exitCode = problems.length > 0 ? 1 : 0;
    },
    (error: unknown) => {
      console.error(
        `The bundles could not be built: ${error instanceof Error ? error.message : String(error)}`,
      );
      process.exitCode = 1;
    },
  );
}
