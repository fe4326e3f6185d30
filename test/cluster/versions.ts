import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { parse } from 'yaml';
import type { Cluster } from '../../demo/cluster';
import { TREE } from '../../demo/deploy';

interface KubeObject {
  kind: string;
  metadata: { name: string; namespace: string };
  binaryData?: Record<string, string>;
}

/** What one version has otherwise than another: its programs, and the templates and the Deployment that name them. */
export interface Version {
  objects: KubeObject[];
  /** Names of its ConfigMaps. */
  programs: Record<'mover' | 'operator', KubeObject['metadata']>;
}

/** The version that is deployed, as it was synthesised. */
export function thisVersion(): Version {
  const files = readdirSync(join(TREE, 'operator'), { recursive: true, encoding: 'utf8' });
  const own = files.filter((file) => /(^|\/)(ConfigMap|PodTemplate|Deployment)\.[^/]*$/.test(file)).sort();
  return versionOf(own.map((file) => parse(readFileSync(join(TREE, 'operator', file), 'utf8'))));
}

/** The same programs with a remark more: other bytes, so other names and sums, wherever they stand. */
export function anotherVersion(): Version {
  const { objects } = thisVersion();
  let text = JSON.stringify(objects);
  for (const { metadata, binaryData = {} } of objects)
    for (const data of Object.values(binaryData)) {
      const was = Buffer.from(data, 'base64');
      const is = gzipSync(Buffer.concat([gunzipSync(was), Buffer.from('\n// Another version.\n')]));
      const name = metadata.name.replace(/[^-]*$/, sumOf(is).slice(0, 10));
      text = text
        .replaceAll(data, is.toString('base64'))
        .replaceAll(sumOf(was), sumOf(is))
        .replaceAll(metadata.name, name);
    }
  return versionOf(JSON.parse(text));
}

function versionOf(objects: KubeObject[]): Version {
  const program = (name: string) =>
    objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.includes(`-${name}-`))!
      .metadata;
  return { objects, programs: { mover: program('mover'), operator: program('operator') } };
}

const sumOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Applies a version over another, as people and GitOps do. */
export async function deployVersion(cluster: Cluster, { objects }: Version): Promise<void> {
  await cluster.kubectl(
    ['apply', '--server-side', '--field-manager=demo', '--force-conflicts', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
  );
}

/** Takes away what only that version needs, as a prune does. */
export async function prune(cluster: Cluster, ...programs: KubeObject['metadata'][]): Promise<void> {
  for (const { name, namespace } of programs)
    await cluster.kubectl(['delete', 'configmap', name, '-n', namespace, '--ignore-not-found']);
}
