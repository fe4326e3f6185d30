/**
 * Annotations of a CRD: GitOps tools apply it first, and never delete it. With a CRD go all objects of its kind, and an operator that
 * is uninstalled for an hour shall find its declarations again.
 */
export const KEPT = {
  'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
  'argocd.argoproj.io/sync-wave': '-1',
  'kustomize.toolkit.fluxcd.io/prune': 'disabled',
};
