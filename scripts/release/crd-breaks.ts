import { type Schema, schemaBreaks } from './schema-breaks';

/** What is compared of a CRD. Columns of kubectl are not: they may change. */
export interface Crd {
  metadata: { name: string };
  spec: {
    scope: string;
    names: { kind: string; shortNames?: string[] };
    versions: Version[];
  };
}

interface Version {
  name: string;
  served: boolean;
  storage: boolean;
  subresources?: object;
  schema: { openAPIV3Schema: Schema };
}

/**
 * What people and objects of the released kinds would miss if the new ones took their place: one sentence each, none if whatever the
 * old ones took, the new ones take and keep.
 */
export function crdBreaks(released: readonly Crd[], present: readonly Crd[]): string[] {
  return released
    .flatMap((before) => {
      const { name } = before.metadata;
      const after = present.find(({ metadata }) => metadata.name === name);
      return after ? kindBreaks(name, before, after) : [`${name}: the kind is gone`];
    })
    .map((what) => `${what}: objects of the last release have it otherwise, so leave it as it was.`);
}

function kindBreaks(name: string, { spec: before }: Crd, { spec: after }: Crd): string[] {
  const changed = (what: string, was: unknown, is: unknown): string[] =>
    was === is ? [] : [`${name}: ${what} was ${was} and is ${is}`];
  return [
    ...changed('its scope', before.scope, after.scope),
    ...changed('its kind', before.names.kind, after.names.kind),
    ...(before.names.shortNames ?? [])
      .filter((short) => !after.names.shortNames?.includes(short))
      .map((short) => `${name}: the short name '${short}' is gone`),
    ...before.versions.filter(({ served }) => served).flatMap((v) => versionBreaks(name, v, after.versions)),
  ];
}

function versionBreaks(name: string, before: Version, present: readonly Version[]): string[] {
  const path = `${name} ${before.name}`;
  const after = present.find((version) => version.name === before.name && version.served);
  if (!after) return [`${path}: the version is served no more`];
  const subresources = (version: Version) =>
    Object.keys(version.subresources ?? {})
      .sort()
      .join(', ') || 'none';
  const [was, is] = [subresources(before), subresources(after)];
  return [
    ...(was === is ? [] : [`${path}: its subresources were ${was} and are ${is}`]),
    ...(before.storage && !after.storage ? [`${path}: it is stored no more`] : []),
    ...schemaBreaks(path, before.schema.openAPIV3Schema, after.schema.openAPIV3Schema),
  ];
}
