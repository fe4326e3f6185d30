import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;
const LICENCE = /^(licen[cs]e|copying|notice)/i;
const SEPARATOR = `\n\n${'-'.repeat(80)}\n\n`;

/**
 * The licences of the packages whose code is in our programs: nearly all ask that their text travels with the code.
 * `inputs` are the files that went into the programs, relative to `root`.
 */
export function licencesOf(root: string, inputs: Iterable<string>): string {
  const directories = new Set([...inputs].flatMap((file) => PACKAGE.exec(file)?.[0] ?? []));
  const texts = [...directories].map((directory) => licenceOf(join(root, directory)));
  return `${[...new Set(texts)].sort().join(SEPARATOR)}\n`;
}

/** The packages of such a text, as `name@version`. */
export const packagesIn = (licences: string): string[] =>
  licences.split(SEPARATOR).map((text) => text.split(' ', 2).join('@'));

function licenceOf(directory: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const texts = readdirSync(directory)
    .filter((file) => LICENCE.test(file))
    .sort()
    .map((file) => readFileSync(join(directory, file), 'utf8').trim());
  return [`${name} ${version} (${license})`, ...texts].join('\n\n');
}
