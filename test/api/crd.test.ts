import { crds } from '../../src/api';

type Schema = Record<string, unknown>;

/** Every schema of a CRD, with the path to it. */
function* schemas(schema: Schema, path: string): Generator<[path: string, schema: Schema]> {
  yield [path, schema];
  for (const [name, child] of Object.entries((schema.properties ?? {}) as Record<string, Schema>)) {
    yield* schemas(child, `${path}.${name}`);
  }
  if (schema.items) yield* schemas(schema.items as Schema, `${path}[]`);
  if (schema.additionalProperties) yield* schemas(schema.additionalProperties as Schema, `${path}{}`);
}

interface Version {
  schema: { openAPIV3Schema: Schema };
  subresources?: { status: object };
}
const all = crds().flatMap((crd) => {
  const [version] = crd.spec.versions as Version[];
  return [...schemas(version!.schema.openAPIV3Schema, crd.metadata.name.split('.')[0]!)];
});

test.each(all)('%s is structural: it has a type, and nothing that the API server refuses', (path, schema) => {
  expect(['object', 'array', 'string', 'integer', 'number', 'boolean']).toContain(schema.type);
  for (const word of ['const', '$ref', 'definitions', 'patternProperties', '$id']) {
    expect(schema).not.toHaveProperty([word]);
  }
  for (const word of ['anyOf', 'oneOf', 'allOf', 'not']) expect(schema).not.toHaveProperty([word]);
  if (schema.type === 'array') expect(schema.items).toBeDefined();
  // Fields, or a map of any: never both.
  if (schema.type === 'object' && !path.endsWith('.metadata'))
    expect(schema.properties === undefined).toBe(schema.additionalProperties !== undefined);
});

test('no field has a default: GitOps tools would show a difference for ever', () => {
  for (const [, schema] of all) expect(schema).not.toHaveProperty(['default']);
});

test('every field of a spec says what it means', () => {
  const silent = all
    .filter(([path]) => path.includes('.spec') && !path.endsWith('{}'))
    .filter(([, schema]) => typeof schema.description !== 'string')
    .map(([path]) => path);
  // A list is explained by its elements, and a map explains them.
  expect(silent.filter((path) => !all.some(([p, s]) => p === `${path}[]` && s.description))).toEqual([]);
});

test('text and lists of a spec are bounded: the cost of a rule is known before, and no object is too large for etcd', () => {
  const unbounded = all
    .filter(([path, s]) => path.includes('.spec') && !('enum' in s))
    .filter(
      ([, s]) => (s.type === 'string' && !('maxLength' in s)) || (s.type === 'array' && !('maxItems' in s)),
    )
    .map(([path]) => path);
  expect(unbounded).toEqual([]);
});

test('required fields exist', () => {
  for (const [, schema] of all) {
    for (const name of (schema.required ?? []) as string[]) expect(schema.properties).toHaveProperty([name]);
  }
});

test('every rule has a message that ends in the mend', () => {
  const rules = all.flatMap(
    ([, s]) => (s['x-kubernetes-validations'] ?? []) as { rule: string; message: string }[],
  );
  expect(rules.length).toBeGreaterThanOrEqual(4);
  for (const { message } of rules) expect(message).toMatch(/^.+: .+$/);
});

test('status is a subresource of ServiceBackup: who may write status may not write spec', () => {
  const withStatus = crds()
    .filter((crd) => (crd.spec.versions as Version[])[0]!.subresources)
    .map((crd) => crd.metadata.name);
  expect(withStatus).toEqual(['servicebackups.servicebackup.io']);
});

test('kubectl shows state, reason, and the last and the next backup', () => {
  const [, serviceBackup] = crds();
  const [version] = serviceBackup!.spec.versions as { additionalPrinterColumns: { name: string }[] }[];
  expect(version!.additionalPrinterColumns.map((column) => column.name)).toEqual([
    'State',
    'Reason',
    'Last',
    'Next',
  ]);
});
