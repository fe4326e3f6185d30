import { createHash } from 'node:crypto';
import { type TarEntry, tar } from './tar';

export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
}

const OCI = 'application/vnd.oci.image';

/** An image of one layer as an OCI layout in a tar, which `ctr images import` reads under the name given. */
export function ociArchive(name: string, config: ImageConfig, root: readonly TarEntry[]): Buffer {
  const blobs = new Map<string, Buffer>();
  const blob = (mediaType: string, content: Buffer) => {
    const hash = createHash('sha256').update(content).digest('hex');
    blobs.set(hash, content);
    return { mediaType, digest: `sha256:${hash}`, size: content.length };
  };
  const json = (mediaType: string, value: unknown) => blob(mediaType, Buffer.from(JSON.stringify(value)));

  const layer = blob(`${OCI}.layer.v1.tar`, tar(root));
  const image = json(`${OCI}.config.v1+json`, {
    architecture: 'amd64',
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  });
  const manifest = json(`${OCI}.manifest.v1+json`, {
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    config: image,
    layers: [layer],
  });
  const annotations = { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name };
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };

  return tar([
    { kind: 'file', path: 'oci-layout', content: Buffer.from('{"imageLayoutVersion":"1.0.0"}') },
    { kind: 'file', path: 'index.json', content: Buffer.from(JSON.stringify(index)) },
    ...[...blobs].map(
      ([hash, content]): TarEntry => ({ kind: 'file', path: `blobs/sha256/${hash}`, content }),
    ),
  ]);
}
