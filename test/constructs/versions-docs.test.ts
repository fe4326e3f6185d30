import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { BackupOperator } from 'service-backup';
import { devDependencies, engines, peerDependencies } from '../../package.json';
import { RESOURCES } from '../../src/kube/resources';
import { manifests, one } from './app';
import { built } from './built';
import { everything } from './everything';

const PAGE = readFileSync(join(__dirname, '../../docs/versions.md'), 'utf8');

/** Rows of the table below a heading, as cells. */
const rowsBelow = (heading: string): string[][] =>
  PAGE.split(/^## /m)
    .find((section) => section.startsWith(heading))!
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2)
    .map((line) => line.split('|').map((cell) => cell.trim()));

beforeAll(built, 60_000);

test('docs/versions.md has each kind that is synthesised or spoken of, and no other', () => {
  const kinds = [...everything(), ...Object.values(RESOURCES)].map((o) => `\`${o.apiVersion}\` ${o.kind}`);
  const rows = rowsBelow('What it asks of Kubernetes');
  expect(rows.map(([, kind]) => kind)).toEqual([...new Set(kinds)].sort());
  for (const [, kind, since] of rows)
    expect([kind, /^(1\.\d+)?$/.test(since!) && Number(since?.slice(2)) <= 30]).toEqual([kind, true]);
});

/** Rules and policies in CEL, wherever they stand. */
function expressionsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) =>
    typeof child === 'string' && ['expression', 'messageExpression', 'rule'].includes(name)
      ? [child]
      : expressionsIn(child),
  );
}

test('rules and policies call the functions of CEL that docs/versions.md lists, and no others', () => {
  const expressions = everything()
    .filter(({ kind }) => /^(CustomResourceDefinition|ValidatingAdmissionPolicy)$/.test(kind))
    .flatMap(expressionsIn);
  expect(expressions.length).toBeGreaterThan(30);
  const called = expressions.flatMap((expression) => {
    const withoutTexts = expression.replace(/'(\\.|[^'\\])*'|"(\\.|[^"\\])*"/g, "''");
    return [...withoutTexts.matchAll(/\b([A-Za-z_]\w*)\(/g)].map(([, name]) => name!);
  });
  const listed = /functions of CEL[^:]*: ([^.]+)\./.exec(PAGE)![1]!.split(/,\s+/);
  expect(listed).toEqual([...new Set(called)].sort().map((name) => `\`${name}\``));
});

test('docs/versions.md says which versions package.json and the images are of', () => {
  const rows = Object.fromEntries(
    rowsBelow('What it runs with').map(([, what, versions, , tried]) => [what!, { versions, tried }]),
  );
  const { 'cdk8s-plus-28': plus, cdk8s, constructs, ...pulumi } = peerDependencies;
  const ranges = (of: string[]) => of.map((range) => `\`${range}\``).join(', ');
  expect(rows['cdk8s, cdk8s-plus-28, constructs']).toEqual({
    versions: ranges([cdk8s, plus, constructs]),
    tried: [devDependencies.cdk8s, devDependencies['cdk8s-plus-28'], devDependencies.constructs].join(', '),
  });
  expect(rows['@pulumi/pulumi, @pulumi/kubernetes']).toEqual({
    versions: ranges([pulumi['@pulumi/pulumi'], pulumi['@pulumi/kubernetes']]),
    tried: [devDependencies['@pulumi/pulumi'], devDependencies['@pulumi/kubernetes']].join(', '),
  });
  expect(rows['Node.js, of an app']?.versions).toBe(ranges([engines.node]));
  const app = new App();
  new BackupOperator(new Chart(app, 'operator'), 'operator');
  const { initContainers, containers } = one(manifests(app), 'PodTemplate', 'service-backup-mover').template
    .spec;
  expect(initContainers[0].image).toContain(`:${rows['restic, in its image']?.tried}`);
  expect(containers[0].image).toContain(`:${rows['Node.js, in its image']?.tried}`);
});
