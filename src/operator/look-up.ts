import type { ServiceBackup } from '../api/kinds';
import { misfitOf } from '../api/misfit';
import { isKubeError } from '../kube/error';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import { byName } from './by-name';
import type { Failure } from './failure';
import { claimsOf, itemNames } from './items';
import type { Surroundings } from './observe';
import type { Observed } from './observed';
import { type Place, placementOf } from './placement';
import { isToSelect, select } from './selection';
import { isFailure } from './settings';
import { claimView, volumeView } from './views';

/** Where every item that is not done can be read; and which claims there are, if selectors have not been asked yet. */
export async function lookUp(
  around: Surroundings,
  observed: Observed,
): Promise<Pick<Observed, 'claims' | 'places'>> {
  const { backup } = observed;
  if (!isToSelect(backup)) {
    const names = itemNames(backup.spec, backup.status?.run?.selected);
    return { places: await placesOf(around, observed, names, (name) => claimNamed(around, backup, name)) };
  }
  const listed = await listClaims(around, backup);
  if (isFailure(listed)) {
    const names = itemNames(backup.spec, select(backup, listed).selected);
    const places = await placesOf(around, observed, names, (name) => claimNamed(around, backup, name));
    return { claims: listed, places };
  }
  const covered = await coveredElsewhere(around, backup);
  const claims = listed.map((claim) => claimView(claim, covered));
  const names = itemNames(backup.spec, select(backup, claims).selected);
  const byName = new Map(listed.map((claim) => [claim.metadata.name, claim]));
  return { claims, places: await placesOf(around, observed, names, async (name) => byName.get(name)) };
}

/** The one sentence for a namespace whose declaration brought no RoleBinding. */
const notPermitted = (namespace: string): Failure => ({
  reason: 'NotPermitted',
  message: `The operator may not read claims and pods of namespace ${namespace}, so that it cannot find the volumes: synthesise the declaration with ServiceBackup, which carries the RoleBinding, or bind ClusterRole service-backup-declaration to the operator's ServiceAccount there.`,
});

async function listClaims(
  { kube }: Surroundings,
  { metadata: { namespace } }: ServiceBackup,
): Promise<PersistentVolumeClaim[] | Failure> {
  try {
    return await kube.list<PersistentVolumeClaim>(RESOURCES.persistentVolumeClaims, { namespace });
  } catch (error) {
    if (!isKubeError(error, 'Forbidden')) throw error;
    return notPermitted(namespace);
  }
}

const claimNamed = ({ kube }: Surroundings, { metadata }: ServiceBackup, name: string) =>
  kube.get<PersistentVolumeClaim>(RESOURCES.persistentVolumeClaims, name, metadata.namespace);

/** Claims that other ServiceBackups of the namespace cover. Of thousands no list is kept for it: only a selector asks. */
async function coveredElsewhere(
  { kube }: Surroundings,
  { metadata: { namespace, uid } }: ServiceBackup,
): Promise<Set<string>> {
  const covered = new Set<string>();
  for await (const { items } of kube.pages<ServiceBackup>(RESOURCES.serviceBackups, { namespace }))
    for (const other of items)
      if (other.metadata.uid !== uid && !misfitOf(other))
        for (const claim of claimsOf(other)) covered.add(claim);
  return covered;
}

async function placesOf(
  around: Surroundings,
  { backup, config }: Observed,
  names: readonly string[],
  claimOf: (name: string) => Promise<PersistentVolumeClaim | undefined>,
): Promise<Record<string, Place>> {
  const { namespace } = backup.metadata;
  const done = new Set(backup.status?.run?.done.map(({ name }) => name));
  const left = names.filter((name) => !done.has(name));
  const drivers = config?.spec.serviceBackup.drivers ?? [];
  let pods: Promise<Pod[]> | undefined;
  const podsOnce = () => {
    pods ??= around.kube.list<Pod>(RESOURCES.pods, { namespace });
    return pods;
  };

  const placeOf = async (name: string): Promise<Place> => {
    const claim = await claimOf(name);
    const volume = claim?.spec?.volumeName ? await volumeNamed(around, claim.spec.volumeName) : undefined;
    const { mirrors } = around;
    const attachments = volume ? mirrors.attachments.by('volume', volume.name) : [];
    const seen = {
      key: `${namespace}/${name}`,
      claim,
      volume,
      attachments,
      nodes: attachments.flatMap(({ node }) => mirrors.nodes.get(node) ?? []),
      attachRequired: mirrors.drivers.get(volume?.csi?.driver ?? '') !== false,
      drivers,
    };
    const place = placementOf({ ...seen, pods: [] });
    // Pods are only asked where no attachment answers.
    const byPod = 'attachment' in place || ('reason' in place && place.reason !== 'VolumeNotAttached');
    return byPod
      ? place
      : placementOf({ ...seen, nodes: [...mirrors.nodes.values()], pods: await podsOnce() });
  };

  const places: Record<string, Place> = byName();
  try {
    for (const name of left) places[name] = await placeOf(name);
  } catch (error) {
    if (!isKubeError(error, 'Forbidden')) throw error;
    for (const name of left) places[name] ??= notPermitted(namespace);
  }
  return places;
}

async function volumeNamed({ kube, mirrors }: Surroundings, name: string) {
  const mirrored = mirrors.volumes.get(name);
  if (mirrored) return mirrored;
  const volume = await kube.get<PersistentVolume>(RESOURCES.persistentVolumes, name);
  return volume && volumeView(volume);
}
