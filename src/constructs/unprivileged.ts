import type { k8s } from 'cdk8s-plus-28';

/** Who a pod runs as that needs no right on its node: with it, it may run in a namespace that enforces `restricted`. */
export const UNPRIVILEGED: k8s.PodSecurityContext = {
  runAsNonRoot: true,
  runAsUser: 65532,
  runAsGroup: 65532,
  seccompProfile: { type: 'RuntimeDefault' },
};
