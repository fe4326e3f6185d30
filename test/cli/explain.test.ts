import { explain } from '../../src/cli/explain';
import { Failure } from '../../src/cli/failure';
import { KubeError } from '../../src/kube/error';

test.each<[string, unknown, string]>([
  [
    'a right that is missing in a namespace',
    new KubeError(
      403,
      'Forbidden',
      'jobs.batch is forbidden: User "ana" cannot create resource "jobs" in API group "batch" in the namespace "service-backup-jobs"',
    ),
    'ana may not create jobs.batch in namespace service-backup-jobs: ask who administers the cluster for that right, or choose another context by --context.',
  ],
  [
    'a right that is missing in the cluster',
    new KubeError(
      403,
      'Forbidden',
      'persistentvolumes is forbidden: User "ana" cannot list resource "persistentvolumes" in API group "" at the cluster scope',
    ),
    'ana may not list persistentvolumes in the whole cluster: ask who administers the cluster for that right, or choose another context by --context.',
  ],
  [
    'a quota, or an admission policy',
    new KubeError(403, 'Forbidden', 'persistentvolumeclaims "x" is forbidden: exceeded quota: q'),
    'The cluster refuses: persistentvolumeclaims "x" is forbidden: exceeded quota: q.',
  ],
  [
    'a login that expired',
    new KubeError(401, 'Unauthorized', 'Unauthorized'),
    'The API server does not know you: log in again, or choose another context by --context.',
  ],
  ['a sentence of ours', new Failure('It is so.'), 'It is so.'],
  ['anything else', 'odd', 'odd.'],
])('%s is told as a sentence', (_, error, expected) => {
  expect(explain(error)).toBe(expected);
});
