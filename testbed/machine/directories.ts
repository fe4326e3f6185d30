import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Which of the directories, and of their parents, are not there; parents first. */
export function missingDirectories(directories: readonly string[]): string[] {
  const missing = new Set<string>();
  for (const directory of directories) {
    const chain: string[] = [];
    for (let at = directory; !existsSync(at); at = dirname(at)) chain.unshift(at);
    for (const one of chain) missing.add(one);
  }
  return [...missing];
}

export function makeDirectories(directories: readonly string[]): void {
  for (const directory of directories) mkdirSync(directory, { recursive: true });
}

/** Removes directories that were made as mount points; one that someone has filled meanwhile stays. */
export function removeDirectories(directories: readonly string[]): void {
  for (const directory of [...directories].reverse()) {
    try {
      rmdirSync(directory);
    } catch (error) {
      if (!['ENOENT', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}
