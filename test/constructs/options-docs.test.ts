import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const SOURCES = ['backup-operator-props', 'images', 'job-options', 'network-policies', 'monitoring'];

/** A property, its type, and what its comment says the default is. */
interface Property {
  name: string;
  type: string;
  otherwise: string;
}

const INTERFACE = /^export interface (\w+) \{\n([\s\S]*?)^\}/gm;
const PROPERTY = /@default (.*?)(?: \*\/)?\n(?: {3}\*\/\n)? {2}readonly (\w+)\?: (.+);/g;

/** The interfaces of the options, with their properties. */
const INTERFACES = new Map(
  SOURCES.map((name) => readFileSync(join(ROOT, 'src/constructs', `${name}.ts`), 'utf8')).flatMap((source) =>
    [...source.matchAll(INTERFACE)].map(([, name, body]): [string, Property[]] => {
      const properties = [...body!.matchAll(PROPERTY)].map(([, otherwise, name, type]) => ({
        name: name!,
        type: type!,
        otherwise: otherwise!,
      }));
      // One that is written otherwise than the others would be passed over.
      expect(properties).toHaveLength(body!.match(/^ {2}readonly /gm)!.length);
      return [name!, properties];
    }),
  ),
);

/** The options, by the names with which a person writes them. A group is no option itself, unless `true` stands for it, too. */
const options = (of: string, path = ''): Property[] =>
  INTERFACES.get(of)!.flatMap((property) => {
    const name = `${path}${property.name}`;
    const types = property.type.split(' | ');
    const group = types.find((type) => INTERFACES.has(type));
    const inside = group ? options(group, `${name}.`) : [];
    return types.length === 1 && group ? inside : [{ ...property, name }, ...inside];
  });

test('docs/options.md has a row for each option, with its default, and none for another', () => {
  const lines = readFileSync(join(ROOT, 'docs/options.md'), 'utf8').split('\n');
  const rows = lines
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter(([, option]) => option?.startsWith('`'));
  const documented = rows.map(([, option, otherwise, when]) => ({
    name: option!.replaceAll('`', ''),
    otherwise,
    isExplained: when !== '',
  }));

  const declared = options('BackupOperatorProps');
  expect(declared.length).toBeGreaterThan(25);
  expect(documented).toEqual(
    declared.map(({ name, otherwise }) => ({
      name,
      // What is no value is in words, which may be others there.
      otherwise: /^- /.test(otherwise)
        ? expect.stringMatching(/^[^`]+$/)
        : `\`${otherwise.replace(/^'(.*)'$/, '$1')}\``,
      isExplained: true,
    })),
  );
});
