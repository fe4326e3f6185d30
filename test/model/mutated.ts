import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import type { Deciding } from './operator';

/** One guard that is dropped from the sources of `plan`. */
export interface Mutant {
  /** In src/operator. */
  file: string;
  find: string;
  replace: string;
  /** What the guard is for. */
  without: string;
  /** The promise that is broken without it. */
  breaks: RegExp;
}

const SOURCES = resolve(__dirname, '../../src/operator');

/** `plan` as it would be without the guard. */
export async function mutated({ file, find, replace }: Mutant): Promise<Deciding> {
  const path = resolve(SOURCES, file);
  const source = readFileSync(path, 'utf8');
  if (source.split(find).length !== 2)
    throw new Error(
      `'${find}' stands ${source.split(find).length - 1} times in src/operator/${file}: bring test/model/mutants.ts up to date.`,
    );
  const { outputFiles } = await build({
    stdin: {
      contents: "export { plan } from './plan'; export { deadPods, mayLive } from './living-pods';",
      resolveDir: SOURCES,
    },
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    plugins: [
      {
        name: 'mutant',
        setup: (made) =>
          made.onLoad({ filter: new RegExp(`/src/operator/${file.replace('.', '\\.')}$`) }, () => ({
            contents: source.replace(find, () => replace),
            loader: 'ts',
          })),
      },
    ],
  });
  const module = { exports: {} as Deciding };
  new Function('module', 'exports', 'require', outputFiles[0]!.text)(module, module.exports, require);
  return module.exports;
}
