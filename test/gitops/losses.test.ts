import { type App, Chart } from 'cdk8s';
import { PersistentVolumeClaim } from 'cdk8s-plus-28';
import { Item, ServiceBackup, type ServiceBackupProps } from '../../src';
import { Folder } from './folder';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

interface Wiki {
  namespace?: string;
  /** Id of the ServiceBackup's construct. */
  backup?: string;
  /** Id of the claim's construct. */
  claim?: string;
  props?: Partial<ServiceBackupProps>;
}

const wiki =
  ({ namespace = 'wiki', backup = 'backup', claim = 'pages', props }: Wiki = {}) =>
  (app: App) => {
    const chart = new Chart(app, 'wiki', { namespace });
    const pages = new PersistentVolumeClaim(chart, claim);
    new ServiceBackup(chart, backup, {
      backupBucketName: 'wiki-backup',
      backups: [Item.volume(pages)],
      ...props,
    });
  };

/** What the synthesis says when it refuses; nothing is written then. */
function refusal(build: (app: App) => void): string {
  const before = folder.contents();
  let said = '';
  try {
    folder.synth(build);
  } catch (error) {
    said = (error as Error).message;
    expect(folder.contents()).toEqual(before);
  }
  return said;
}

describe('a ServiceBackup', () => {
  beforeEach(() => folder.synth(wiki()));

  test('whose construct gets another id is refused: its repository is in the name of the old one', () => {
    expect(refusal(wiki({ backup: 'nightly' }))).toBe(
      `1 object would be lost by a renaming:\nwiki/nightly: the repository in bucket 'wiki-backup' is that of ServiceBackup 'wiki/backup' (${folder.path}/wiki/ServiceBackup.backup.yaml), and 'wiki/nightly' could not use it: keep the name by metadata: { name: 'backup' }, or take the repository over by adoptFrom.`,
    );
  });

  test('may have another id if it keeps its name', () => {
    expect(refusal(wiki({ backup: 'nightly', props: { metadata: { name: 'backup' } } }))).toBe('');
    expect(folder.files()).toContain('wiki/ServiceBackup.backup.yaml');
  });

  test('may have another name if it takes the repository over', () => {
    expect(refusal(wiki({ backup: 'nightly', props: { adoptFrom: 'a-cluster/wiki/backup' } }))).toBe('');
    expect(folder.files()).not.toContain('wiki/ServiceBackup.backup.yaml');
  });

  test('that moves to another namespace is refused as well', () => {
    expect(refusal(wiki({ namespace: 'pages' }))).toMatch(
      /'pages\/backup' could not use it: keep the name by metadata: \{ name: 'backup', namespace: 'wiki' \}, or/,
    );
  });

  test('may go with its service', () => {
    expect(refusal(() => {})).toBe('');
    expect(folder.files()).toEqual([]);
  });

  test('of another bucket is another one', () => {
    expect(refusal(wiki({ backup: 'nightly', props: { backupBucketName: 'other-backup' } }))).toBe('');
  });
});

describe('a claim', () => {
  test('whose construct gets another id is refused: its volume would go with it', () => {
    folder.synth(wiki());
    const [file] = folder.files().filter((name) => name.includes('PersistentVolumeClaim'));
    const name = file!.split('.')[1];
    expect(name).toMatch(/^wiki-pages-/);
    expect(refusal(wiki({ claim: 'content' }))).toBe(
      `1 object would be lost by a renaming:\n${folder.path}/${file}: the claim 'wiki/${name}' is declared no more, and GitOps would delete it with its volume: keep its name by metadata: { name: '${name}' }, or, if its data shall go, delete this file first.`,
    );
    folder.remove(file);
    expect(refusal(wiki({ claim: 'content' }))).toBe('');
  });

  test('may go with its service', () => {
    folder.synth(wiki());
    expect(refusal((app) => new Chart(app, 'photos', { namespace: 'photos' }))).toBe('');
    expect(folder.files()).toEqual([]);
  });
});

test('everything that would be lost is said at once', () => {
  folder.synth(wiki());
  expect(refusal(wiki({ backup: 'nightly', claim: 'content' }))).toMatch(
    /^2 objects would be lost by a renaming:\nwiki\/nightly: .*\n.*the claim/,
  );
});

test('a tree that cannot be read, after a merge for example, is not written over', () => {
  folder.synth(wiki());
  const file = 'wiki/ServiceBackup.backup.yaml';
  folder.write(file, folder.contents()[file]!.replace('spec:', '<<<<<<< HEAD\nspec:'));
  expect(refusal(wiki())).toMatch(
    /^.*\/wiki\/ServiceBackup\.backup\.yaml is not YAML \(.*\), so that nothing can be compared with it: mend it\.$/,
  );
});
