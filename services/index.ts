import type { Construct } from 'constructs';
import { DokuWiki } from './dokuwiki';
import { Gitea } from './gitea';
import { HomeAssistant } from './home-assistant';
import { Immich } from './immich';
import { Mastodon } from './mastodon';
import { Nextcloud } from './nextcloud';
import { Operator } from './operator';
import type { ServicesOptions } from './options';
import { Paperless } from './paperless';
import { Vaultwarden } from './vaultwarden';

export type { ServicesOptions } from './options';

/** The services: the list that gets deployed. A new one is a file beside this one, and a line here. */
export function services(scope: Construct): void {
  new DokuWiki(scope);
  new Gitea(scope);
  new HomeAssistant(scope);
  new Immich(scope);
  new Mastodon(scope);
  new Nextcloud(scope);
  new Paperless(scope);
  new Vaultwarden(scope);
}

/** The services and the operator that backs them up. */
export function everything(scope: Construct, options: ServicesOptions = {}): void {
  new Operator(scope, options);
  services(scope);
}
