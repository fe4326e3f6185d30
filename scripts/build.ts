import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build as esbuild } from 'esbuild';
import { kubeconfigOnly } from './kubeconfig-only';
import { licencesOf } from './licences';

const ROOT = join(__dirname, '..');
const BUILD = join(ROOT, 'build');

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
  { name: 'bucket-maker', entry: 'src/bucket-maker/main.ts', travelsAsData: true },
  {
    name: 'cli',
    entry: 'src/cli/main.ts',
    travelsAsData: false,
    options: { banner: { js: '#!/usr/bin/env node' }, plugins: [kubeconfigOnly] },
  },
];

/** What `import 'service-backup'` and `import 'service-backup/pulumi'` mean. */
const ENTRIES = ['src/index.ts', 'src/pulumi/index.ts'];

const COMMON = {
  absWorkingDir: ROOT,
  platform: 'node',
  format: 'cjs',
  legalComments: 'none',
  logLevel: 'warning',
  write: false,
} satisfies BuildOptions;

async function bundle({ name, entry, options }: Program): Promise<{ script: Buffer; inputs: string[] }> {
  const result = await esbuild({
    ...COMMON,
    entryPoints: [entry],
    outfile: `build/${name}.js`,
    bundle: true,
    minify: true,
    target: 'node22',
    metafile: true,
    ...options,
  });
  return {
    script: Buffer.from(result.outputFiles![0]!.contents),
    inputs: Object.keys(result.metafile!.inputs),
  };
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
function write(file: string, bytes: Buffer | string, mode = 0o644): void {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, bytes, { mode });
  renameSync(temporary, file);
}

/**
 * The library, file by file: so its entries share their classes. Those of the repository's files that the entries need, and none of
 * the packages.
 */
async function library(): Promise<void> {
  const needed = await esbuild({
    ...COMMON,
    entryPoints: ENTRIES,
    outdir: 'build',
    bundle: true,
    packages: 'external',
    metafile: true,
  });
  const temporary = join(BUILD, `lib.${process.pid}`);
  await esbuild({
    ...COMMON,
    entryPoints: Object.keys(needed.metafile!.inputs),
    outbase: '.',
    outdir: temporary,
    target: 'node20',
    write: true,
  });
  rmSync(join(BUILD, 'lib'), { recursive: true, force: true });
  renameSync(temporary, join(BUILD, 'lib'));
}

/** Builds every program and the library into build/. Returns what went wrong, in sentences. */
export async function build(print: (line: string) => void = () => undefined): Promise<string[]> {
  mkdirSync(BUILD, { recursive: true });
  const problems: string[] = [];
  const inputs = new Set<string>();
  for (const program of PROGRAMS) {
    const file = join(BUILD, `${program.name}.js`);
    const { script, inputs: own } = await bundle(program);
    for (const input of own) inputs.add(input);
    const zipped = gzip(script);
    write(file, script, program.travelsAsData ? 0o644 : 0o755);
    if (program.travelsAsData) write(`${file}.gz`, zipped);
    const sizes = `${kB(script.length).padStart(10)} ${kB(zipped.length).padStart(10)} gzipped`;
    print(`${program.name.padEnd(12)} ${sizes}  sha256 ${sha256(zipped).slice(0, 10)}`);
    if (program.travelsAsData && zipped.length > MOST_BYTES_GZIPPED) {
      problems.push(
        `${program.name}: ${kB(zipped.length)} gzipped are more than the ${kB(MOST_BYTES_GZIPPED)} that fit in a ConfigMap by client-side apply: find the dependency that grew.`,
      );
    }
  }
  write(join(BUILD, 'third-party-licences.txt'), licencesOf(ROOT, inputs));
  await library();
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
