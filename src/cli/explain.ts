import { isKubeError, type KubeError } from '../kube/error';

const FORBIDDEN = /User "([^"]+)" cannot (\w+) resource "([^"]+)"(?: in API group "([^"]*)")?(.*)$/s;

/** Any error as one sentence for the person at the terminal. */
export function explain(error: unknown): string {
  if (isKubeError(error, 'Forbidden')) return tellForbidden(error);
  if (isKubeError(error, 'Unauthorized'))
    return 'The API server does not know you: log in again, or choose another context by --context.';
  return sentence(error instanceof Error ? error.message : String(error));
}

function tellForbidden(error: KubeError): string {
  const [, user, verb, resource, group, place = ''] = FORBIDDEN.exec(error.message) ?? [];
  if (!user) return `The cluster refuses: ${sentence(error.message)}`;
  const where = /namespace "([^"]+)"/.exec(place)?.[1];
  return `${user} may not ${verb} ${resource}${group ? `.${group}` : ''} ${where ? `in namespace ${where}` : 'in the whole cluster'}: ask who administers the cluster for that right, or choose another context by --context.`;
}

const sentence = (text: string): string => (/[.!?…]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`);
