import { haveAll, type Labels } from './labels';
import { type ObjectReference, objectOf, titleOf } from './reference';

/** The claims of a template of a StatefulSet: one for each replica. */
export interface ClaimTemplate {
  /** Name of the template. */
  readonly name: string;
  /** The labels that the StatefulSet's controller gives the claims. */
  readonly labels: Labels;
}

/** What a workload mounts. */
export interface Mounted {
  /** The workload in words: "Deployment 'web'". */
  readonly title: string;
  readonly namespace?: string;
  /** Names of claims. */
  readonly claims: readonly string[];
  readonly templates: readonly ClaimTemplate[];
  /** `selector.matchLabels`, which all claims of its templates have. */
  readonly matchLabels: Labels;
}

/** What of a workload's manifest is looked at. */
export interface WorkloadManifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: PodSpec & {
    template?: PodTemplate;
    jobTemplate?: { spec?: { template?: PodTemplate } };
    selector?: { matchLabels?: Labels };
    volumeClaimTemplates?: { metadata?: { name?: string; labels?: Labels } }[];
  };
}
interface PodSpec {
  volumes?: { name: string; persistentVolumeClaim?: { claimName?: string } }[];
}
interface PodTemplate {
  spec?: PodSpec;
}

/** As the manifest has it, with all patches: that is what Kubernetes will see. Nothing, if this app does not declare it. */
export function mountedBy(workload: ObjectReference): Mounted | undefined {
  const object = objectOf(workload);
  return object && mountedIn(object.toJson() as WorkloadManifest);
}

/** What the manifest of a workload mounts. */
export function mountedIn({ kind, metadata, spec = {} }: WorkloadManifest): Mounted {
  // Of a Deployment and its like; of a CronJob; of a Pod.
  const pod = spec.template?.spec ?? spec.jobTemplate?.spec?.template?.spec ?? spec;
  const matchLabels = spec.selector?.matchLabels ?? {};
  const templates = (spec.volumeClaimTemplates ?? []).map(({ metadata: { name = '', labels } = {} }) => ({
    name,
    // In this order: the controller overwrites a template's labels with the selector's.
    labels: { ...labels, ...matchLabels },
  }));
  // Whether a container mounts it or not: a claim that a pod names belongs to the service.
  const claims = (Array.isArray(pod.volumes) ? pod.volumes : [])
    // A template takes the place of a volume of its name.
    .filter(({ name }) => !templates.some((template) => template.name === name))
    .flatMap(({ persistentVolumeClaim: claim }) => claim?.claimName ?? []);
  return {
    title: titleOf({ kind, name: metadata.name }),
    namespace: metadata.namespace,
    claims: [...new Set(claims)],
    templates,
    matchLabels,
  };
}

/**
 * Labels that select the claims of all templates but of those that are left out; or, if one of these cannot be told apart, the two
 * names.
 */
export function selectorsOf(
  { templates, matchLabels }: Mounted,
  leftOut: ReadonlySet<string>,
): { selectors: Labels[]; alike?: { leftOut: string; kept: string } } {
  const kept = templates.filter(({ name }) => !leftOut.has(name));
  const dropped = templates.filter(({ name }) => leftOut.has(name));
  if (kept.length === 0) return { selectors: [] };
  if (dropped.length === 0) return { selectors: [matchLabels] };
  for (const { name, labels } of kept) {
    const like = dropped.find((other) => haveAll(other.labels, labels));
    if (like) return { selectors: [], alike: { leftOut: like.name, kept: name } };
  }
  // Where one selects what another selects, too, it is enough.
  const selectors = kept.map(({ labels }) => labels);
  return {
    selectors: selectors.filter(
      (labels, at) =>
        !selectors.some(
          (other, elsewhere) =>
            elsewhere !== at && haveAll(labels, other) && (elsewhere < at || !haveAll(other, labels)),
        ),
    ),
  };
}
