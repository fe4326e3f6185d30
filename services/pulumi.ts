import { Config } from '@pulumi/pulumi';
import { Charts } from 'service-backup/pulumi';
import { everything } from '.';

/** What `pulumi up` deploys, as Pulumi.yaml says: the operator and the services, with the settings of the stack. */
const config = new Config();

new Charts('services', (app) =>
  everything(app, {
    s3Host: config.get('s3Host'),
    region: config.get('region'),
    serviceS3Host: config.get('serviceS3Host'),
    namespace: config.get('namespace'),
    s3Secret: config.get('s3Secret'),
    passwordSecret: config.get('passwordSecret'),
    images: { node: config.get('nodeImage'), restic: config.get('resticImage') },
  }),
);
