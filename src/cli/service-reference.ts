import { UsageError } from './failure';

/** `NAMESPACE/NAME` of a ServiceBackup, as every command takes it. */
export interface ServiceReference {
  namespace: string;
  name: string;
}

const DNS_NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** @throws UsageError for anything but two names with one slash between them. */
export function parseServiceReference(text: string): ServiceReference {
  const [namespace = '', name = '', ...more] = text.split('/');
  if (more.length > 0 || !DNS_NAME.test(namespace) || !DNS_NAME.test(name))
    throw new UsageError(
      `'${text}' does not name a ServiceBackup: write NAMESPACE/NAME, as 'kubectl get servicebackups -A' shows them, e.g. nextcloud/backup.`,
    );
  return { namespace, name };
}

export const nameOf = (reference: ServiceReference): string => `${reference.namespace}/${reference.name}`;

export const isClaimName = (text: string): boolean => text.length <= 253 && DNS_NAME.test(text);
