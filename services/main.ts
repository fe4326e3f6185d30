import { App } from 'cdk8s';
import { everything } from '.';

const app = new App();
everything(app);
try {
  app.synth();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
