import type { BackupConfig, ServiceBackup } from '../api/kinds';
import { isKubeError } from '../kube/error';
import type { Namespace, PersistentVolume, PersistentVolumeClaim, Pod } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import { byName } from './by-name';
import { type ClaimKey, claimKey } from './items';
import type { Surroundings } from './observe';
import { consents, notConsenting, notPermitted } from './permission';
import { belongsTo, type Place, placementOf } from './placement';
import { volumeView } from './views';

type ClaimOf = (key: ClaimKey) => Promise<PersistentVolumeClaim | undefined>;

/** Where each of these items can be read, or why not. */
export async function placesOf(
  around: Surroundings,
  { backup, config }: { backup: ServiceBackup; config?: BackupConfig },
  items: readonly string[],
  claimOf: ClaimOf,
): Promise<Record<string, Place>> {
  const own = backup.metadata.namespace;
  const namespaceOf = (item: string) => claimKey(item, own).namespace;
  const places: Record<string, Place> = byName();
  for (const namespace of new Set(items.map(namespaceOf))) {
    const here = items.filter((item) => namespaceOf(item) === namespace);
    const all = (place: Place) => Object.fromEntries(here.map((item) => [item, place]));
    const placeOf = placesIn(around, namespace, config, claimOf);
    try {
      // Before anything is read there: whether it has such a claim is its own affair, too.
      if (namespace !== own && !(await isOpenTo(own, namespace, around)))
        Object.assign(places, all(notConsenting(namespace, own)));
      else for (const item of here) places[item] = await placeOf(claimKey(item, own));
    } catch (error) {
      if (!isKubeError(error, 'Forbidden')) throw error;
      for (const item of here) places[item] ??= notPermitted(namespace, own);
    }
  }
  return places;
}

async function isOpenTo(other: string, namespace: string, { kube }: Surroundings): Promise<boolean> {
  const its = await kube.get<Namespace>(RESOURCES.namespaces, namespace);
  return its !== undefined && consents(its, other);
}

/** Finds the places of one namespace's claims. */
function placesIn(
  around: Surroundings,
  namespace: string,
  config: BackupConfig | undefined,
  claimOf: ClaimOf,
): (key: ClaimKey) => Promise<Place> {
  const { mirrors } = around;
  const drivers = config?.spec.serviceBackup.drivers ?? [];
  let pods: Promise<Pod[]> | undefined;
  const podsOnce = () => {
    pods ??= around.kube.list<Pod>(RESOURCES.pods, { namespace });
    return pods;
  };

  return async (key) => {
    const claim = await claimOf(key);
    const volume = claim?.spec?.volumeName
      ? await volumeNamed(around, claim.spec.volumeName, key)
      : undefined;
    const attachments = volume ? mirrors.attachments.by('volume', volume.name) : [];
    const seen = {
      key: `${namespace}/${key.name}`,
      claim,
      volume,
      attachments,
      nodes: attachments.flatMap(({ node }) => mirrors.nodes.get(node) ?? []),
      attachRequired: mirrors.drivers.get(volume?.csi?.driver ?? '') !== false,
      drivers,
      kubelet: around.at.kubeletDirectory,
    };
    const place = placementOf({ ...seen, pods: [] });
    // Pods are only asked where no attachment answers.
    const byPod = 'attachment' in place || ('reason' in place && place.reason !== 'VolumeNotAttached');
    return byPod
      ? place
      : placementOf({ ...seen, nodes: [...mirrors.nodes.values()], pods: await podsOnce() });
  };
}

async function volumeNamed({ kube, mirrors }: Surroundings, name: string, key: ClaimKey) {
  const mirrored = mirrors.volumes.get(name);
  // The mirror may not have seen yet that it was given to this claim.
  if (mirrored && belongsTo(mirrored, key)) return mirrored;
  const volume = await kube.get<PersistentVolume>(RESOURCES.persistentVolumes, name);
  return volume && volumeView(volume);
}
