import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { App } from 'cdk8s';
import { synthTree } from '../../src';

/** A folder for a tree, which goes with the test. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'tree-'));

  /** Synthesises what `build` declares into it. */
  synth(build: (app: App) => void): void {
    const app = new App({ outdir: this.path, outputFileExtension: '.yaml' });
    build(app);
    synthTree(app);
  }

  /** Paths within it, sorted. */
  files(): string[] {
    return readdirSync(this.path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(this.path, join(entry.parentPath, entry.name)))
      .sort();
  }

  /** Texts by path. */
  contents(): Record<string, string> {
    return Object.fromEntries(
      this.files().map((file) => [file, readFileSync(join(this.path, file), 'utf8')]),
    );
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.path, file)), { recursive: true });
    writeFileSync(join(this.path, file), text);
  }

  remove(file = ''): void {
    rmSync(join(this.path, file), { recursive: true });
  }
}
