import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { untilEstablished } from '../../demo/deploy';
import { until } from '../../demo/steps';
import type { Crd } from '../../scripts/release/crd-breaks';
import { manifestsOf } from '../../scripts/release/manifests';
import { crds } from '../../src/api';
import { attach, type Testbed } from '../../testbed';
import { fullValue } from './full-object';

jest.setTimeout(60_000);

const ROOT = join(__dirname, '../..');
const NAMESPACE = 'released-kinds';
/** Kinds of their own, so that nobody else's objects are touched. */
const GROUP = 'released.example.org';

let testbed: Testbed;
const kubectl = (args: string[], object?: object) =>
  testbed.kubectl(args, object && { input: JSON.stringify(object) });
const list = (items: object[]) => ({ apiVersion: 'v1', kind: 'List', items });
beforeAll(async () => {
  testbed = await attach();
  await kubectl(['create', 'namespace', NAMESPACE]);
});
afterAll(async () => {
  const own = released().map(({ metadata }) => metadata.name);
  await kubectl(['delete', 'crd', '--ignore-not-found', ...own]);
  await kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']);
});

/** The same CRD under another name. */
function renamed(crd: Crd): Crd {
  const kind = `Released${crd.spec.names.kind}`;
  const plural = `${kind.toLowerCase()}s`;
  const names = { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` };
  const spec = { ...structuredClone(crd.spec), group: GROUP, names };
  return { ...crd, metadata: { name: `${plural}.${GROUP}` }, spec };
}
const released = (): Crd[] =>
  parseAllDocuments(readFileSync(join(ROOT, 'released/crds.yaml'), 'utf8')).map((d) => renamed(d.toJS()));

/** The kinds of today, with a field more, by which one sees that the API server has taken them. */
function present(): Crd[] {
  const all = (crds() as unknown as Crd[]).map(renamed);
  for (const crd of all) specOf(crd).properties.marker = { type: 'string' };
  return all;
}
interface Fields {
  properties: Record<string, object>;
}
const schemaOf = ({ spec }: Crd) =>
  spec.versions[0]!.schema.openAPIV3Schema as unknown as { properties: { spec: Fields; status?: Fields } };
const specOf = (crd: Crd) => schemaOf(crd).properties.spec;

interface Item {
  type?: string;
  name?: string;
  namespace?: string;
  selector?: object;
}

/** An object with every field of its kind. */
function full(crd: Crd, name: string) {
  const { spec, status } = schemaOf(crd).properties;
  const object = {
    apiVersion: `${GROUP}/v1alpha1`,
    kind: crd.spec.names.kind,
    metadata: { name, namespace: NAMESPACE },
    spec: fullValue(spec) as { backups?: Item[] },
    ...(status && { status: fullValue(status) as object }),
  };
  // An item has a name or labels, and those are of the service's own namespace; a bucket has its name alone.
  const { selector, namespace, name: claim, ...item } = object.spec.backups?.[0] ?? {};
  if (object.spec.backups)
    object.spec.backups = [
      { ...item, name: claim, namespace },
      { ...item, selector },
      { ...item, type: 's3', name: claim },
    ];
  return object;
}
type Full = ReturnType<typeof full>;

async function write(objects: Full[]): Promise<void> {
  await kubectl(['create', '-f', '-'], list(objects));
  const withStatus = objects.filter(({ status }) => status);
  await kubectl(['replace', '--subresource=status', '-f', '-'], list(withStatus));
}

test('objects with every field of the released kinds outlive the present ones, and can be made anew', async () => {
  const before = released();
  const names = before.map(({ metadata }) => metadata.name);
  const objects = (name: string) => before.map((crd) => full(crd, name));
  const read = async (name: string): Promise<Full[]> => {
    const out = await kubectl(['get', names.join(), '-n', NAMESPACE, '-o', 'json']);
    return (JSON.parse(out) as { items: Full[] }).items.filter(({ metadata }) => metadata.name === name);
  };
  const contents = (all: Full[]) => all.map(({ kind, spec, status }) => ({ kind, spec, status }));
  await kubectl(['apply', '--server-side', '-f', '-'], list(before));
  await untilEstablished(kubectl, 'crd', ...names);
  await write(objects('kept'));
  const kept = await read('kept');
  expect(contents(kept)).toEqual(contents(objects('kept')));

  await kubectl(['apply', '--server-side', '-f', '-'], list(present()));
  const marked = objects('marked').map((object) => ({ ...object, spec: { ...object.spec, marker: 'x' } }));
  let said = '';
  const isServed = () =>
    kubectl(['create', '--dry-run=server', '-f', '-'], list(marked)).then(
      () => true,
      (error: Error) => {
        said = error.message;
        return undefined;
      },
    );
  await until('the API server to serve the present kinds', 20, isServed, () => said);
  expect(await read('kept')).toEqual(kept);
  await write(objects('anew'));
  expect(contents(await read('anew'))).toEqual(contents(objects('anew')));
});

/** Checked wholly, and kept nowhere. */
const offer = (yaml: string) =>
  testbed.kubectl(['apply', '--server-side', '--force-conflicts', '--dry-run=server', '-f', '-'], {
    input: yaml,
  });

test('the API server takes the manifests of a release, and the YAML of docs/yaml.md beside them', async () => {
  const { operator } = manifestsOf('0.0.0');
  expect((await offer(operator)).trim().split('\n')).toHaveLength(operator.match(/^kind: /gm)!.length);
  const page = readFileSync(join(ROOT, 'docs/yaml.md'), 'utf8').replaceAll('nextcloud', NAMESPACE);
  const blocks = [...page.matchAll(/```yaml\n([^`]+)```/g)].map(([, yaml]) => yaml!);
  expect((await offer(blocks.join('---\n'))).trim().split('\n')).toHaveLength(3);
});
