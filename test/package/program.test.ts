import { join } from 'node:path';
import { App } from 'cdk8s';
import { everything } from '../../services';
import { byName, manifests } from '../constructs/app';
import { built } from '../constructs/built';
import { run } from './language-host';

const ROOT = join(__dirname, '../..');

beforeAll(built, 60_000);

test("what `pulumi up` deploys in the repository's root is what GitOps gets, with the settings of the stack", async () => {
  const ran = await run(ROOT, {
    s3Host: 's3.example.org',
    region: 'eu',
    namespace: 'backups',
    s3Secret: 's3-keys',
    passwordSecret: 'password',
    nodeImage: 'registry.example.org/node:24',
    resticImage: 'registry.example.org/restic:0.18',
  });
  expect(ran).toMatchObject({ code: 0, errors: [] });

  const app = new App();
  everything(app, {
    s3Host: 's3.example.org',
    region: 'eu',
    namespace: 'backups',
    s3Secret: 's3-keys',
    passwordSecret: 'password',
    images: { node: 'registry.example.org/node:24', restic: 'registry.example.org/restic:0.18' },
  });
  expect(byName(ran.objects)).toEqual(byName(manifests(app)));
}, 60_000);

test('a mistake in the settings of the stack fails `pulumi up` before an object is made, and is said once', async () => {
  expect(await run(ROOT, { s3Host: 's3.example.org', s3Secret: 'S3_Keys' })).toEqual({
    code: 32,
    errors: [
      {
        of: 'services',
        message:
          "operator/operator/default: s3BackupConfig.s3Credentials.secretName 'S3_Keys' is not a name a Secret can have: use lower-case letters, digits, dots and hyphens.",
      },
    ],
    objects: [],
  });
}, 60_000);
