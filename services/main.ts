import { App } from 'cdk8s';
import { synthTree } from 'service-backup';
import { everything } from '.';

const app = new App({ outputFileExtension: '.yaml' });
everything(app);
try {
  synthTree(app);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
