import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { BackupOperator } from 'service-backup';
import { manifests } from './app';

/** `kind name` of everything that the page's commands delete by name. */
function deleted(): string[] {
  const page = readFileSync(join(__dirname, '../../docs/uninstall.md'), 'utf8');
  return [...page.matchAll(/^kubectl delete (\S+) ([^#\n]*)/gm)]
    .map(([, kinds, names]) => ({ kinds: kinds!.split(','), names: names!.trim().split(/\s+/) }))
    .filter(({ names }) => !names.includes('--all'))
    .flatMap(({ kinds, names }) => kinds.flatMap((kind) => names.map((name) => `${kind} ${name}`)));
}

test('docs/uninstall.md deletes by name what belongs to no namespace, all of it and nothing else', () => {
  const app = new App();
  new BackupOperator(new Chart(app, 'operator'), 'operator');
  const made = manifests(app)
    .filter(({ metadata }) => metadata.namespace === undefined)
    .map(({ kind, metadata }) => `${kind.toLowerCase()} ${metadata.name}`)
    .map((object) => object.replace(/^customresourcedefinition /, 'crd '));
  expect(deleted().sort()).toEqual(made.sort());
});
