import { ADMIN_VARIABLES, type BucketTask, userVariables } from '../../src/api/bucket-task';
import { TASK_VARIABLE } from '../../src/api/group';
import { askedBy } from '../../src/bucket-maker/asked';

const secretNamed = (secretName: string) => ({
  secretName,
  accessKeyIDProperty: 'A',
  secretKeyProperty: 'S',
});
const TASK: BucketTask = {
  version: 1,
  s3: { endpoint: 'https://s3.example.net', region: 'us-east-1' },
  admin: { api: 'versitygw', endpoint: 'https://s3.example.net' },
  bucket: 'wiki',
  namespace: 'jobs',
  users: [
    { name: 'wiki', deletes: 'locks', secret: secretNamed('s3-wiki') },
    { name: 'wiki-maintenance', deletes: 'everything', secret: secretNamed('maintenance-wiki') },
  ],
};
type Pair = [accessKeyId?: string, secretAccessKey?: string];

const set = (names: Record<string, string>, [accessKeyId, secretAccessKey]: Pair) => ({
  [names.accessKeyId!]: accessKeyId,
  [names.secretAccessKey!]: secretAccessKey,
});
const asked = ({ admin = ['root', 'r'] as Pair, users = [] as Pair[], task = JSON.stringify(TASK) } = {}) =>
  askedBy({
    [TASK_VARIABLE]: task,
    ...set(ADMIN_VARIABLES, admin),
    ...Object.assign({}, ...users.map((pair, n) => set(userVariables(n), pair))),
  });

test('keys are those of the Secrets that are there', () => {
  const [first, second] = TASK.users;
  expect(asked({ users: [[], ['m', 's']] })).toEqual({
    task: TASK,
    admin: { accessKeyId: 'root', secretAccessKey: 'r' },
    users: [first, { ...second, keys: { accessKeyId: 'm', secretAccessKey: 's' } }],
  });
});

test.each<[string, Parameters<typeof asked>[0], string]>([
  ['no task', { task: '' }, 'The task is not understood: SERVICE_BACKUP_TASK is not set.'],
  ['a task that is no JSON', { task: 'x' }, 'The task is not understood: SERVICE_BACKUP_TASK is not JSON.'],
  [
    'a task of another version',
    { task: '{"version":2}' },
    'The task is of version 2, and this program speaks 1: deploy the BackupBucket anew, so that both are of one version.',
  ],
  [
    'half of the administrator’s keys',
    { admin: ['root'] },
    "The administrator's keys are not there: look whether the Secret that `admin` of the BackupBucket names is in the Job namespace, with these keys, and not empty.",
  ],
  [
    'half of a user’s keys',
    { users: [['wiki']] },
    'The Secret jobs/s3-wiki has no key S, or nothing in it: give it both keys of the user; or, if nobody uses it, delete it, and another one is made.',
  ],
  ['the other half', { users: [[undefined, 's']] }, 'The Secret jobs/s3-wiki has no key A, or nothing in it'],
  [
    'the administrator’s keys as a user’s',
    { users: [['root', 'r']] },
    'The keys in the Secret jobs/s3-wiki are those of the administrator, and may do more than they should: put those of a user of its own there; or delete the Secret, and a user is made.',
  ],
  [
    'the same keys for both users',
    {
      users: [
        ['wiki', 's'],
        ['wiki', 's'],
      ],
    },
    'The keys in the Secret jobs/maintenance-wiki are those in the Secret jobs/s3-wiki, and may do more than they should',
  ],
])('%s is refused', (_, start, message) => {
  expect(() => asked(start)).toThrow(message);
  try {
    asked(start);
  } catch (error) {
    expect(error).toMatchObject({ hopeless: true });
  }
});
