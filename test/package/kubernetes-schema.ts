import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema;
  items?: Schema;
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
}

const SCHEMA_PROPS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';

/** Where Go keeps the sources of a release of Kubernetes, which it fetches when it does not have them. */
function sourcesOf(version: string): string {
  try {
    // Outside of any Go module, whose go.mod would have its say.
    const args = ['mod', 'download', '-json', `k8s.io/kubernetes@${version}`];
    return JSON.parse(execFileSync('go', args, { cwd: tmpdir(), encoding: 'utf8', stdio: 'pipe' })).Dir;
  } catch (error) {
    throw new Error(
      `The schemas of Kubernetes ${version} come from its Go module, and Go did not get it: install Go and give it a module proxy, or leave \`npm run test:package\` out.`,
      { cause: error },
    );
  }
}

/** What a release of Kubernetes knows of its own kinds, field by field. */
export class KubernetesSchema {
  private readonly definitions: Record<string, Schema>;

  constructor(version: string) {
    const file = join(sourcesOf(version), 'api/openapi-spec/swagger.json');
    this.definitions = JSON.parse(readFileSync(file, 'utf8')).definitions;
    // Whose elements may be a schema or something else: a CRD of ours has schemas there.
    for (const other of ['OrArray', 'OrBool'])
      this.definitions[SCHEMA_PROPS + other] = { $ref: `#/definitions/${SCHEMA_PROPS}` };
  }

  /** What of the object this release does not know, or wants otherwise; a sentence each. */
  problemsOf(object: KubeObject): string[] {
    const [version, group = ''] = object.apiVersion.split('/').reverse();
    const schema = Object.values(this.definitions).find((one) =>
      one['x-kubernetes-group-version-kind']?.some(
        (known) => known.group === group && known.version === version && known.kind === object.kind,
      ),
    );
    const path = `${object.kind} ${object.metadata.name}`;
    return schema
      ? this.problemsAt(path, object, schema)
      : [`${path}: ${object.apiVersion} has no such kind.`];
  }

  private problemsAt(path: string, value: unknown, given: Schema): string[] {
    const schema = this.resolved(given);
    if (schema.type === undefined) return [];
    const type = Array.isArray(value) ? 'array' : typeof value;
    if (!isOf(schema, value)) return [`${path}: it is of type ${type}, not ${schema.type}.`];
    if (Array.isArray(value))
      return value.flatMap((element, at) => this.problemsAt(`${path}[${at}]`, element, schema.items!));
    if (type !== 'object') return [];
    const fields = Object.entries(value as object);
    const { properties, additionalProperties, required = [] } = schema;
    return [
      ...required
        .filter((name) => !(name in (value as object)))
        .map((name) => `${path}.${name}: it is missing.`),
      ...fields.flatMap(([name, field]) => {
        const child = properties?.[name] ?? additionalProperties;
        if (child) return this.problemsAt(`${path}.${name}`, field, child);
        return properties ? [`${path}.${name}: there is no such field.`] : [];
      }),
    ];
  }

  private resolved(schema: Schema): Schema {
    const name = schema.$ref?.split('/').at(-1);
    return name === undefined ? schema : this.resolved(this.definitions[name]!);
  }
}

function isOf({ type, format }: Schema, value: unknown): boolean {
  if (format === 'int-or-string') return typeof value === 'string' || Number.isInteger(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}
