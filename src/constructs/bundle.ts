import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { CONTRACT_VERSION, encodeOutcome, TERMINATION_MESSAGE_PATH } from '../api';
import { report } from './problems';

/** Where `npm run build` puts the programs, in the repository and in the package: these lines are at different depths in the two. */
const BUILD = join(dirname(require.resolve('service-backup/package.json')), 'build');

/** Where a bundle's ConfigMap is mounted. */
export const BUNDLE_DIRECTORY = '/bundle';

/**
 * Runs a gzipped bundle, but only the bytes that were deployed: it reads them once, compares their sha256 with the one in the
 * manifest, and runs these very bytes; else it ends the container with the refusal. Arguments: file, sha256, refusal.
 */
const LOADER = `
const [, file, sha256, refusal] = process.argv;
const fs = require('node:fs');
let bytes;
let found;
try {
  bytes = fs.readFileSync(file);
  found = require('node:crypto').createHash('sha256').update(bytes).digest('hex');
} catch (error) {
  found = error.message;
}
if (found !== sha256) {
  console.error(file + ' is not the program that was deployed: its sha256 is not ' + sha256 + ', but ' + found);
  try {
    // It is there in a pod, and is not made where it is not.
    fs.writeFileSync('${TERMINATION_MESSAGE_PATH}', refusal, { flag: 'r+' });
  } catch {}
  process.exit(1);
}
process.argv.splice(2);
const Module = require('node:module');
const program = new Module(file);
program.filename = file;
program._compile(require('node:zlib').gunzipSync(bytes).toString(), file);
`.trim();

/** A program of ours as data: an immutable ConfigMap named by its content, and the command that runs it on a stock Node image. */
export interface Bundle {
  /** Name of the ConfigMap. */
  readonly configMap: string;
  /** The container's command, of a pod in this namespace, with these flags of Node. */
  commandIn(namespace: string, nodeFlags: readonly string[]): string[];
}

/** Where the ConfigMap of a program is, and how it is called. */
interface Place {
  readonly namespace: string;
  /**
   * Its name, made of a hash of the program.
   * @default - `service-backup-<program>-<hash>`
   */
  readonly nameWith?: (hash: string) => string;
}

/** Synthesises the ConfigMap of a program that `npm run build` made. */
export function bundle(
  scope: Construct,
  program: 'operator' | 'mover' | 'bucket-maker',
  { namespace, nameWith = (hash) => `service-backup-${program}-${hash}` }: Place,
): Bundle {
  const key = `${program}.js.gz`;
  const source = join(BUILD, key);
  const built = existsSync(source);
  if (!built) report(scope, [`build/${key} does not exist: run \`npm run build\` first.`]);
  const bytes = built ? readFileSync(source) : Buffer.alloc(0);
  const name = nameWith(sha256Of(bytes).slice(0, 10));
  new k8s.KubeConfigMap(scope, `${program}-bundle`, {
    metadata: { name, namespace },
    immutable: true,
    binaryData: { [key]: bytes.toString('base64') },
  });
  const refusalIn = (namespace: string) => {
    const message = `ConfigMap ${name} in namespace ${namespace} holds another program than was deployed, and nothing of it was run: find out who changed it, delete it, and apply the manifests again.`;
    // Of a mover, a refusal is an outcome as any other: the operator understands it.
    return program === 'mover'
      ? encodeOutcome({
          version: CONTRACT_VERSION,
          items: [],
          failure: { reason: 'ProgramChanged', message },
        })
      : message;
  };
  const file = `${BUNDLE_DIRECTORY}/${key}`;
  return {
    configMap: name,
    commandIn: (namespace, nodeFlags) => commandOf(file, bytes, nodeFlags, refusalIn(namespace)),
  };
}

/** The command that runs these bytes, and no others, from a file; for others the refusal is the container's termination message. @internal */
export const commandOf = (
  file: string,
  bytes: Buffer,
  nodeFlags: readonly string[],
  refusal: string,
): string[] => ['node', ...nodeFlags, '-e', LOADER, file, sha256Of(bytes), refusal];

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
