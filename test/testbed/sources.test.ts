import { execFileSync } from 'node:child_process';
import { archiveOf } from '../../testbed/build/archive';
import { ociArchive } from '../../testbed/images/oci';
import { startTimeOf } from '../../testbed/machine/processes';
import { until } from '../../testbed/machine/wait';

describe('the Debian archive', () => {
  test('is read from a file in the older form', () => {
    expect(
      archiveOf(['# deb http://other/debian x main\ndeb [arch=amd64] http://mirror/debian bookworm main']),
    ).toBe('http://mirror/debian');
  });

  test('is read from a file in the newer form', () => {
    const security = 'Types: deb\nURIs: http://mirror/debian-security\nSuites: bookworm-security';
    const main = 'Types: deb\n# http://old/debian\nURIs: http://mirror/debian/\nSuites: bookworm';
    expect(archiveOf([security, main])).toBe('http://mirror/debian/');
  });

  test('that nothing names is an error', () => {
    expect(() => archiveOf(['URIs: http://mirror/ubuntu'])).toThrow(
      'No Debian archive is named in /etc/apt/sources.list or sources.list.d: its packages cannot be fetched.',
    );
  });
});

test('an image is an archive whose every blob lies under its own digest', () => {
  const archive = ociArchive('name:1', { Cmd: ['sh'] }, [
    { kind: 'file', path: 'etc/motd', content: Buffer.from('hello') },
  ]);

  const names = execFileSync('tar', ['--list'], { input: archive, encoding: 'utf8' }).trim().split('\n');
  expect(names.slice(0, 2)).toEqual(['oci-layout', 'index.json']);
  for (const name of names.slice(2)) {
    const sum = execFileSync('sh', ['-c', `tar --extract --to-stdout ${name} | sha256sum`], {
      input: archive,
      encoding: 'utf8',
    });
    expect(name).toBe(`blobs/sha256/${sum.split(' ')[0]}`);
  }
});

test('a process is known by its start time, and one that is gone has none', () => {
  expect(startTimeOf(process.pid)).toMatch(/^\d+$/);
  expect(startTimeOf(2 ** 30)).toBeUndefined();
});

describe('waiting', () => {
  test('tells what it waited for, and what stood in the way', async () => {
    const never = until({ what: 'the tide', seconds: 0, hint: 'see the almanac' }, async () => {
      throw new Error('low water');
    });
    await expect(never).rejects.toThrow('Waited 0 s in vain for the tide: low water; see the almanac');
  });

  test('ends when it can no longer come true', async () => {
    const never = until({ what: 'etcd to serve', seconds: 60, possible: () => false }, async () => false);
    await expect(never).rejects.toThrow('Waited 0 s in vain for etcd to serve: it has ended');
  });
});
