import type { BackupTask } from '../../src/api';
import { taskFrom } from '../../src/mover/task-from';

const task: BackupTask = {
  version: 1,
  kind: 'backup',
  run: 'r1',
  repository: {
    endpoint: 'https://s3.example.net',
    region: 'us-east-1',
    bucket: 'wiki',
    owner: { cluster: 'c', namespace: 'n', name: 'b', uid: 'u' },
    stallSeconds: 200,
  },
  items: [
    {
      type: 'pvc',
      name: 'data',
      path: '/volumes/0',
      exclude: [],
      allowEmpty: false,
      onUnreadable: 'Warn',
      previous: { bytes: 1, files: 2 },
    },
  ],
};
const from = (text?: string) => () => taskFrom({ SERVICE_BACKUP_TASK: text });
const fromChanged = (changes: object) => from(JSON.stringify({ ...task, ...changes }));

test('a task is read as the operator wrote it', () => {
  expect(from(JSON.stringify(task))()).toEqual(task);
});

test.each([
  ['not set', from(undefined), 'The mover does not understand its task: SERVICE_BACKUP_TASK is not set.'],
  ['not JSON', from('{'), 'The mover does not understand its task: SERVICE_BACKUP_TASK is not JSON.'],
  [
    'nothing',
    from('null'),
    'The mover does not understand its task: it is of version undefined, and this mover speaks 1; operator and mover must be deployed together.',
  ],
  [
    'of a later version',
    fromChanged({ version: 2 }),
    'The mover does not understand its task: it is of version 2, and this mover speaks 1; operator and mover must be deployed together.',
  ],
  [
    'of another kind',
    fromChanged({ kind: 'destroy' }),
    'The mover does not understand its task: its kind is destroy.',
  ],
  [
    'without items',
    fromChanged({ items: [] }),
    'The mover does not understand its task: /items: Expected array length to be greater or equal to 1.',
  ],
  [
    'with a word that it does not know',
    fromChanged({ forget: true }),
    'The mover does not understand its task: /forget: Unexpected property.',
  ],
])('a task that is %s is refused with TaskInvalid', (_, read, message) => {
  expect(read).toThrow(expect.objectContaining({ reason: 'TaskInvalid', message }));
});
