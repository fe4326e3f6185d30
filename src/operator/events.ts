import { createHash } from 'node:crypto';
import { API_VERSION } from '../api/group';
import type { ServiceBackup } from '../api/kinds';
import type { KubeObject } from '../kube/objects';
import type { EventNote } from './draft';
import { sentence } from './failure';

/** A core/v1 Event about a ServiceBackup, in its own namespace. */
export function eventOf(
  { metadata }: ServiceBackup,
  { type, reason, message, once }: EventNote,
  instance: string,
  now: Date,
): KubeObject & Record<string, unknown> {
  const at = now.toISOString();
  const told = once ? `${metadata.uid} ${once} ${reason}` : `${at} ${reason} ${message}`;
  const digest = createHash('sha256').update(told).digest('hex').slice(0, 16);
  return {
    metadata: { name: `${metadata.name.slice(0, 200)}.${digest}`, namespace: metadata.namespace },
    involvedObject: {
      apiVersion: API_VERSION,
      kind: 'ServiceBackup',
      namespace: metadata.namespace,
      name: metadata.name,
      uid: metadata.uid,
    },
    type,
    reason,
    message: sentence(message),
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
    source: { component: 'service-backup' },
    reportingComponent: 'service-backup',
    reportingInstance: instance,
  };
}
