import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { App } from 'cdk8s';
import { parse } from 'yaml';
import { losses } from './losses';
import { type KubeObject, MARK, treeOf } from './tree';

/**
 * Synthesises the app into its `outdir`, instead of `app.synth()`, as a tree that GitOps tools take as it is: the kinds in `crds`, a
 * folder a chart, a file an object. Files of objects that are gone disappear; what others put there stays. (cdk8s itself numbers the
 * folders as soon as one chart depends on another, writes an object over another of its kind and name, and leaves what is gone.)
 *
 * @throws if the app is not valid, if an object is declared twice, or if an object of the tree that is there would be lost by a
 * renaming: a claim, or the ServiceBackup of a repository. Nothing is written then.
 */
export function synthTree(app: App): void {
  const after = treeOf(app);
  const before = textsIn(app.outdir);
  const problems = losses(objectsIn(app.outdir, before), after);
  if (problems.length > 0) {
    const count = problems.length === 1 ? '1 object' : `${problems.length} objects`;
    throw new Error(`${count} would be lost by a renaming:\n${problems.join('\n')}`);
  }
  for (const { path, text } of after) {
    if (before.get(path) !== text) write(join(app.outdir, path), text);
    before.delete(path);
  }
  for (const path of before.keys()) remove(app.outdir, path);
}

/** What an earlier synthesis wrote: texts by path. */
function textsIn(directory: string): Map<string, string> {
  if (!existsSync(directory)) return new Map();
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
    .map((entry) => join(entry.parentPath, entry.name));
  const texts = files.map((file): [string, string] => [
    relative(directory, file).replaceAll(sep, '/'),
    readFileSync(file, 'utf8'),
  ]);
  return new Map(texts.filter(([, text]) => text.startsWith(MARK)));
}

/** Of the kinds that can be lost. The others need not be read, and some are large. */
function objectsIn(directory: string, texts: Map<string, string>): { path: string; object: KubeObject }[] {
  return [...texts]
    .filter(([, text]) => /^kind: (ServiceBackup|PersistentVolumeClaim)$/m.test(text))
    .map(([name, text]) => {
      const path = join(directory, name);
      try {
        return { path, object: parse(text) as KubeObject };
      } catch (error) {
        const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
        throw new Error(`${path} is not YAML (${why}), so that nothing can be compared with it: mend it.`);
      }
    });
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Removes a file, and the folders that are empty without it. */
function remove(directory: string, path: string): void {
  rmSync(join(directory, path));
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    if (readdirSync(join(directory, folder)).length > 0) return;
    rmdirSync(join(directory, folder));
  }
}
