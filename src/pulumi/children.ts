import * as kubernetes from '@pulumi/kubernetes';
import type { CustomResource, CustomResourceOptions, Input, Resource } from '@pulumi/pulumi';
import type { Declared, Manifest } from './synthesis';

type ResourceClass = new (name: string, args: object, opts: CustomResourceOptions) => CustomResource;

/** The SDK's class for an object: with it comes the type that the provider knows. Kinds that it has none for are custom. */
function classOf({ apiVersion, kind }: Manifest): ResourceClass {
  const [version, group = 'core'] = apiVersion.split('/').reverse() as [string, string?];
  const ofKubernetes = !group.includes('.') || group.endsWith('.k8s.io');
  const groups = kubernetes as unknown as Record<string, Record<string, Record<string, ResourceClass>>>;
  const known = ofKubernetes ? groups[group.split('.')[0]!]?.[version]?.[kind] : undefined;
  return known ?? (kubernetes.apiextensions.CustomResource as unknown as ResourceClass);
}

/** What must be there before the pods that use it: kubelets wait for it, but not patiently. */
const USED_BY_PODS = ['ConfigMap', 'Secret', 'ServiceAccount'];
const FIRST = ['Namespace', 'CustomResourceDefinition'];
/** What must be there before a Job, whose pods are not started for ever until they may do what they do. */
const RIGHTS = ['Role', 'RoleBinding'];

/** The rank in which objects are made. */
function rankOf({ kind }: Manifest): number {
  if (FIRST.includes(kind)) return 0;
  if (USED_BY_PODS.includes(kind)) return 1;
  return kind === 'Job' ? 3 : 2;
}

/** What must be there before an object: its kind, its namespace, what its pods use, the rights of a Job. */
function before(object: Manifest, earlier: readonly Manifest[]): Manifest[] {
  const { namespace } = object.metadata;
  return earlier.filter((other) => {
    const rank = rankOf(other);
    if (rank >= rankOf(object) || (rank === 2 && !RIGHTS.includes(other.kind))) return false;
    if (other.kind === 'CustomResourceDefinition') return true;
    return namespace === (other.kind === 'Namespace' ? other.metadata.name : other.metadata.namespace);
  });
}

interface PodTemplate extends Manifest {
  readonly template?: { readonly spec?: { readonly volumes?: { configMap?: { name?: string } }[] } };
}

/**
 * What stays in the cluster when it leaves the stack: kinds, since all ServiceBackups of the cluster would go with them; and where
 * Jobs run, their namespace, which holds the password of the repositories, and the program of a run that is under way.
 */
function stays(objects: readonly Manifest[]): (object: Manifest) => boolean {
  const templates: PodTemplate[] = objects.filter(({ kind }) => kind === 'PodTemplate');
  const namespaces = new Set(templates.map(({ metadata }) => metadata.namespace));
  const programs = new Set(
    templates.flatMap(({ metadata, template }) =>
      (template?.spec?.volumes ?? []).map(({ configMap }) => `${metadata.namespace}/${configMap?.name}`),
    ),
  );
  return ({ kind, metadata }) =>
    kind === 'CustomResourceDefinition' ||
    (kind === 'Namespace' && namespaces.has(metadata.name)) ||
    (kind === 'ConfigMap' && programs.has(`${metadata.namespace}/${metadata.name}`));
}

export interface ChildrenOptions {
  readonly parent: Resource;
  /** The manifest that is deployed, of the one that was synthesised. */
  readonly restored: (manifest: Manifest) => unknown;
  /** What every object waits for, beside those that it needs. */
  readonly after: (needed: Resource[]) => Input<Input<Resource>[]>;
}

/** One resource an object, in the order in which they are declared. */
export function children(objects: readonly Declared[], options: ChildrenOptions): CustomResource[] {
  const { parent, restored, after } = options;
  const manifests = objects.map(({ manifest }) => manifest);
  const retained = stays(manifests);
  const made = new Map<Manifest, CustomResource>();
  for (const { name, manifest } of [...objects].sort((a, b) => rankOf(a.manifest) - rankOf(b.manifest))) {
    const needed = before(manifest, [...made.keys()]).map((other) => made.get(other)!);
    const Kind = classOf(manifest);
    made.set(
      manifest,
      new Kind(name, restored(manifest) as object, {
        parent,
        dependsOn: after(needed),
        ...(retained(manifest) && { retainOnDelete: true }),
      }),
    );
  }
  return manifests.map((manifest) => made.get(manifest)!);
}
