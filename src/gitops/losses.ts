import { identityOf, type KubeObject, type NewFile, type TreeFile } from './tree';

/**
 * What would be lost if the new tree took the old one's place, though nobody said that it shall, in sentences. cdk8s makes names of
 * construct ids, and to a cluster another name is another object: who renames an id would have the old object deleted.
 *
 * | in the old tree | in the new tree                                         | so                                        |
 * | --------------- | ------------------------------------------------------- | ----------------------------------------- |
 * | ServiceBackup   | one of its bucket, by another name, without `adoptFrom` | refused: the repository is the old name's |
 * | claim           | not there, but others of its namespace are              | refused: its volume would go with it      |
 * | any             | nothing of its namespace                                | the service is gone, which is meant       |
 */
export function losses(before: readonly TreeFile[], after: readonly NewFile[]): string[] {
  const kept = new Set(after.map(({ object }) => identityOf(object)));
  const gone = before.filter(({ object }) => !kept.has(identityOf(object)));
  const namespaces = new Set(after.map(({ object }) => object.metadata.namespace));
  return [
    ...gone.filter(({ object }) => isServiceBackup(object)).flatMap((old) => renamed(old, after)),
    ...gone
      .filter(({ object }) => isClaim(object) && namespaces.has(object.metadata.namespace))
      .map(claimGone),
  ];
}

const isServiceBackup = ({ apiVersion, kind }: KubeObject): boolean =>
  kind === 'ServiceBackup' && apiVersion.startsWith('servicebackup.io/');
const isClaim = ({ kind }: KubeObject): boolean => kind === 'PersistentVolumeClaim';
const nameOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? 'default'}/${metadata.name}`;

function renamed({ path, object: old }: TreeFile, after: readonly NewFile[]): string[] {
  const bucket = old.spec?.backupBucketName;
  return after
    .filter(({ object }) => isServiceBackup(object) && object.spec?.backupBucketName === bucket)
    .filter(({ object }) => object.spec?.adoptFrom === undefined)
    .map(
      ({ construct, object }) =>
        `${construct}: the repository in bucket '${bucket}' is that of ServiceBackup '${nameOf(old)}' (${path}), and '${nameOf(object)}' could not use it: keep the name by ${metadataOf(old, object)}, or take the repository over by adoptFrom.`,
    );
}

/** The metadata that gives an object the name of the old one. */
function metadataOf({ metadata: old }: KubeObject, { metadata }: KubeObject): string {
  const namespace = old.namespace === metadata.namespace ? '' : `, namespace: '${old.namespace}'`;
  return `metadata: { name: '${old.name}'${namespace} }`;
}

const claimGone = ({ path, object }: TreeFile): string =>
  `${path}: the claim '${nameOf(object)}' is declared no more, and GitOps would delete it with its volume: keep its name by metadata: { name: '${object.metadata.name}' }, or, if its data shall go, delete this file first.`;
