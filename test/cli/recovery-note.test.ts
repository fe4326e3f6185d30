import { PLAIN } from '../../src/cli/paint';
import { recoveryNote, tellRecoveryNote } from '../../src/cli/recovery-note';

const repository = {
  endpoint: 'https://s3.example.net',
  region: 'us-east-1',
  bucket: 'wiki-backup',
  owner: { cluster: 'c', namespace: 'wiki', name: 'backup', uid: 'u' },
};
const key = { id: `3f2a91bc${'0'.repeat(56)}`, password: 'K7QF-AAAA' };

test('the note says what to keep, and how to restore with restic alone', () => {
  const note = recoveryNote(repository, ['data', 'config'], key);

  expect(tellRecoveryNote(note, PLAIN)).toBe(`recovery key made for wiki/backup

Keep this outside of the cluster, on paper or in a password manager. It is shown this once:

  password    K7QF-AAAA
  repository  s3:https://s3.example.net/wiki-backup
  endpoint    https://s3.example.net
  bucket      wiki-backup
  region      us-east-1
  key id      ${key.id}
  S3 keys     an access key that may list and read the bucket

With it, restic alone is enough. It asks for the password, and takes the S3 keys from AWS_ACCESS_KEY_ID and
AWS_SECRET_ACCESS_KEY:

  restic -r s3:https://s3.example.net/wiki-backup snapshots --no-lock
  restic -r s3:https://s3.example.net/wiki-backup restore latest --no-lock --host wiki/backup/data --target /srv/restored

All of it, step by step: docs/restore-by-hand.md. The hint RecoveryKeyMissing goes with the next run.`);
});

test('its commands hold no secret: what is typed stays in the history of a shell', () => {
  const { commands, password } = recoveryNote(repository, ['data'], key);

  expect(Object.values(commands).join()).not.toContain(password);
});

test('another region and an authority of its own are in the commands, and to be kept', () => {
  const note = recoveryNote({ ...repository, region: 'eu-1', caBundle: 'PEM' }, ['data'], key);

  expect(note.commands.list).toBe(
    'restic -r s3:https://s3.example.net/wiki-backup -o s3.region=eu-1 --cacert ca.pem snapshots --no-lock',
  );
  expect(note.caBundle).toBe('PEM');
  expect(tellRecoveryNote(note, PLAIN)).toContain(
    "\n  ca.pem      the certificates of the BackupConfig's s3BackupConfig.tls.caBundle\n",
  );
});

test('a key whose report was lost is told without its id', () => {
  const note = recoveryNote(repository, ['data'], { password: key.password });

  expect(note).not.toHaveProperty('key');
  expect(tellRecoveryNote(note, PLAIN)).not.toContain('key id');
});
