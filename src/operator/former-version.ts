import type { PodTemplate, Volume } from '../kube/objects';

/** The kubelet's words on a ConfigMap that a pod mounts and that is not there. */
const NOT_FOUND = /\bconfigmaps? "([^"]+)" not found/;

/**
 * The ConfigMap that a pod waits for in vain: it is gone, and the present template asks for another. An upgrade has taken it away, with the
 * program of the version that the pod is of. One that the template still asks for may come back.
 */
export function goneProgram(
  failedMounts: readonly string[],
  template: PodTemplate | undefined,
): string | undefined {
  if (!template) return undefined;
  const asked = (template.template.spec.volumes ?? []).map(configMapOf);
  return failedMounts
    .flatMap((words) => NOT_FOUND.exec(words)?.[1] ?? [])
    .find((name) => !asked.includes(name));
}

const configMapOf = ({ configMap }: Volume): string | undefined =>
  (configMap as { name?: string } | undefined)?.name;
