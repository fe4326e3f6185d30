import { ApiObject, type App, Chart, Names, Yaml } from 'cdk8s';

/** What a tree must know of a Kubernetes object. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  spec?: { backupBucketName?: string; adoptFrom?: string };
}

/** An object and the file in which it is written. */
export interface TreeFile {
  /** Path within the tree, with slashes. */
  path: string;
  object: KubeObject;
}

/** A file that is yet to be written. */
export interface NewFile extends TreeFile {
  text: string;
  /** Path of the construct that made the object. */
  construct: string;
}

/** How each of our files begins. Others that lie in the tree are neither read nor taken away. */
export const MARK = '# Synthesised by service-backup';

/**
 * The objects of the app, one a file: kinds in `crds`, all else in the folder of its chart. No path depends on the order or the
 * number of charts and objects, so a pull request shows what has changed and nothing else.
 *
 * @throws if the app is not valid, or if an object is declared twice
 */
export function treeOf(app: App): NewFile[] {
  const constructs = app.node.findAll();
  const invalid = constructs.flatMap((construct) =>
    construct.node.validate().map((problem) => `${construct.node.path}: ${problem}`),
  );
  if (invalid.length > 0) throw new Error(invalid.join('\n'));

  const files = constructs.filter((construct) => ApiObject.isApiObject(construct)).map(fileOf);
  const first = new Map<string, NewFile>();
  const doubles: string[] = [];
  for (const file of files) {
    const { kind, metadata } = file.object;
    const keys = [file.path, identityOf(file.object)];
    const other = keys.map((key) => first.get(key)).find((found) => found !== undefined);
    if (other)
      doubles.push(
        `${file.construct}: ${kind} '${metadata.name}' is already declared by ${other.construct}: declare it once, or give one of them another name.`,
      );
    for (const key of keys) first.set(key, file);
  }
  if (doubles.length > 0) throw new Error(doubles.join('\n'));
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Which object it is, for the API server and for a GitOps tool. */
export function identityOf({ apiVersion, kind, metadata }: KubeObject): string {
  const group = apiVersion.split('/').at(-2) ?? '';
  return [group, kind, kind === 'Namespace' ? '' : metadata.namespace, metadata.name].join('|');
}

function fileOf(apiObject: ApiObject): NewFile {
  const object = apiObject.toJson() as KubeObject;
  return {
    path: `${folderOf(object, Chart.of(apiObject))}/${nameOf(object)}${extensionOf(apiObject)}`,
    object,
    text: `${MARK}: change the declaration, not this file.\n${Yaml.stringify(object)}`,
    construct: apiObject.node.path.replace(/\/(Default|Resource)$/, ''),
  };
}

/** A chart's objects in other namespaces than its own have a folder for each: two of them may have the same name. */
function folderOf({ kind, metadata }: KubeObject, chart: Chart): string {
  if (kind === 'CustomResourceDefinition') return 'crds';
  const folder = Names.toDnsLabel(chart);
  const elsewhere = metadata.namespace !== undefined && metadata.namespace !== chart.namespace;
  return elsewhere && kind !== 'Namespace' ? `${folder}/${metadata.namespace}` : folder;
}

/** kubectl applies files by name: a namespace must come before what is in it. Names of roles may have colons, which Windows refuses. */
function nameOf({ kind, metadata }: KubeObject): string {
  const name = metadata.name.replace(/[^-\w.]/g, '_');
  if (kind === 'CustomResourceDefinition') return name;
  return `${kind === 'Namespace' ? '0-' : ''}${kind}.${name}`;
}

const extensionOf = (apiObject: ApiObject): string => (apiObject.node.root as App).outputFileExtension;
