import type { KubeObject } from '../../src/kube/objects';
import type { Resource } from '../../src/kube/resources';
import { RESOURCES } from '../../src/kube/resources';
import type { Rest } from '../../src/kube/rest';
import { until } from '../../testbed/machine/wait';

const CRDS: Resource = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

interface Crd extends KubeObject {
  spec: { versions: { schema: { openAPIV3Schema: object } }[] };
}

/** Has the API server take anything for our kinds, as under a CRD that somebody changed by hand; gives what puts them back. */
export async function relaxCrds(kube: Rest): Promise<() => Promise<void>> {
  const originals: Crd[] = [];
  for (const { plural, apiVersion } of [RESOURCES.serviceBackups, RESOURCES.backupConfigs]) {
    const crd = (await kube.get<Crd>(CRDS, `${plural}.${apiVersion.split('/')[0]}`))!;
    originals.push(structuredClone(crd));
    for (const version of crd.spec.versions)
      version.schema.openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    await kube.replace(CRDS, crd);
  }
  await taken(kube, true);
  return async () => {
    for (const { metadata, spec } of originals) {
      const current = (await kube.get<Crd>(CRDS, metadata.name))!;
      await kube.replace(CRDS, { ...current, spec });
    }
    await taken(kube, false);
  };
}

/** A schema holds a moment after it was written. */
async function taken(kube: Rest, anything: boolean): Promise<void> {
  for (const resource of [RESOURCES.serviceBackups, RESOURCES.backupConfigs])
    await until({ what: `${resource.plural} to be taken by their new schema`, seconds: 20 }, async () => {
      const object = { metadata: { name: 'odd', namespace: 'default' }, spec: [7] } as KubeObject;
      const isTaken = await kube.create(resource, object, { dryRun: true }).then(
        () => true,
        () => false,
      );
      return isTaken === anything;
    });
}
