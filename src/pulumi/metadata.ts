import type { CustomResource, Output } from '@pulumi/pulumi';
import type { ApiObjectMetadata } from 'cdk8s';
import type { Fields } from './inputs';

/** Name, labels and annotations of an object. */
export type Metadata = Fields<Pick<ApiObjectMetadata, 'name' | 'labels' | 'annotations'>>;

/** Name and namespace of an object, known when it exists. */
export function placeOf(object: CustomResource): { name: Output<string>; namespace: Output<string> } {
  const { metadata } = object as unknown as { metadata: Output<{ name: string; namespace: string }> };
  return {
    name: metadata.apply(({ name }) => name),
    namespace: metadata.apply(({ namespace }) => namespace),
  };
}
