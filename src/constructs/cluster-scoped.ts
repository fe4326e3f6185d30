import { type ApiObject, JsonPatch } from 'cdk8s';

/** cdk8s gives every object its chart's namespace, also those of kinds that have none. */
export function clusterScoped<T extends ApiObject>(object: T): T {
  if (object.metadata.namespace !== undefined) object.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
  return object;
}
