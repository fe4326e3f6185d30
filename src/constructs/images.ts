import type { k8s } from 'cdk8s-plus-28';

/** Images, all of them stock: our programs travel as data. By tag or by digest: 'docker.io/library/node@sha256:…'. */
export interface OperatorImages {
  /**
   * Node 22.19 or newer.
   * @default 'docker.io/library/node:24.9.0-bookworm-slim'
   */
  readonly node?: string;
  /**
   * restic 0.18 as /usr/bin/restic, statically linked; the certificates of the well-known authorities as
   * /etc/ssl/certs/ca-certificates.crt; and `cp`.
   * @default 'docker.io/restic/restic:0.18.0'
   */
  readonly restic?: string;
  /**
   * Names of the Secrets with which the images are pulled. Each must be in the operator's namespace and in that of the Jobs.
   * @default - none
   */
  readonly pullSecrets?: readonly string[];
}

/** As pods have them. */
export const imagesOf = ({ node, restic, pullSecrets }: OperatorImages = {}) => ({
  node: node ?? 'docker.io/library/node:24.9.0-bookworm-slim',
  restic: restic ?? 'docker.io/restic/restic:0.18.0',
  pullSecrets: pullSecrets?.map((name): k8s.LocalObjectReference => ({ name })),
});
export type Images = ReturnType<typeof imagesOf>;

/** [host[:port]/]name[:tag][@digest]. A digest that is cut is found out by the node alone. */
const IMAGE =
  /^([A-Za-z0-9.-]+(:\d+)?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*(:\w[\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;

/** What is wrong with the names of the images. */
export const problemsOfImages = ({ node, restic }: OperatorImages): string[] =>
  Object.entries({ node, restic }).flatMap(([property, image]) =>
    image === undefined || IMAGE.test(image)
      ? []
      : [
          `images.${property} '${image}' is not a name of an image: write it like 'docker.io/library/node:24' or 'docker.io/library/node@sha256:' with 64 hex digits.`,
        ],
  );
