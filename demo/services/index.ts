import type { Construct } from 'constructs';
import { Operator } from '../../services/operator';
import { Guestbook } from './guestbook';
import type { SceneOptions } from './options';
import { Wiki } from './wiki';

export type { SceneOptions } from './options';

/** What the demo deploys: two services, and the operator of services/ that backs them up. */
export function scene(scope: Construct, options: SceneOptions = {}): void {
  new Operator(scope, options);
  new Guestbook(scope, options);
  new Wiki(scope, options);
}
