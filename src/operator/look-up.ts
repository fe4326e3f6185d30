import type { ServiceBackup } from '../api/kinds';
import { misfitOf } from '../api/misfit';
import { isKubeError } from '../kube/error';
import type { Namespace, PersistentVolumeClaim } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import type { Failure } from './failure';
import { type ClaimKey, claimsOf, itemNames, typeOf } from './items';
import type { Surroundings } from './observe';
import type { Observed } from './observed';
import { consents, notPermitted } from './permission';
import { placesOf } from './places';
import { isToSelect, select } from './selection';
import { isFailure } from './settings';
import { claimView } from './views';

/** Where every volume that is not done can be read; and which claims there are, if selectors have not been asked yet. */
export async function lookUp(
  around: Surroundings,
  observed: Observed,
): Promise<Pick<Observed, 'claims' | 'places'>> {
  const { backup } = observed;
  const done = new Set(backup.status?.run?.done.map(({ name }) => name));
  const left = (...args: Parameters<typeof itemNames>) =>
    itemNames(...args).filter((name) => typeOf(name) === 'pvc' && !done.has(name));
  const get = ({ namespace, name }: ClaimKey) =>
    around.kube.get<PersistentVolumeClaim>(RESOURCES.persistentVolumeClaims, name, namespace);
  if (!isToSelect(backup))
    return { places: await placesOf(around, observed, left(backup, backup.status?.run?.selected), get) };

  const listed = await listClaims(around, backup);
  if (isFailure(listed)) {
    const names = left(backup, select(backup, listed).selected);
    return { claims: listed, places: await placesOf(around, observed, names, get) };
  }
  const covered = await coveredElsewhere(around, backup);
  const claims = listed.map((claim) => claimView(claim, covered));
  const names = left(backup, select(backup, claims).selected);
  const byName = new Map(listed.map((claim) => [claim.metadata.name, claim]));
  const { namespace } = backup.metadata;
  const known = async (key: ClaimKey) => (key.namespace === namespace ? byName.get(key.name) : get(key));
  return { claims, places: await placesOf(around, observed, names, known) };
}

async function listClaims(
  { kube }: Surroundings,
  { metadata: { namespace } }: ServiceBackup,
): Promise<PersistentVolumeClaim[] | Failure> {
  try {
    return await kube.list<PersistentVolumeClaim>(RESOURCES.persistentVolumeClaims, { namespace });
  } catch (error) {
    if (!isKubeError(error, 'Forbidden')) throw error;
    return notPermitted(namespace, namespace);
  }
}

/** Claims of the namespace that other ServiceBackups cover. Of thousands no list is kept for it: only a selector asks. */
async function coveredElsewhere(
  around: Surroundings,
  { metadata: { namespace, uid } }: ServiceBackup,
): Promise<Set<string>> {
  const covered = new Set(await coveredFromAfar(around, namespace));
  // Page by page: of each only its claims are kept.
  for await (const { items } of around.kube.pages<ServiceBackup>(RESOURCES.serviceBackups, { namespace }))
    for (const other of items)
      if (other.metadata.uid !== uid && !misfitOf(other))
        for (const claim of claimsOf(other)) covered.add(claim);
  return covered;
}

/** Those that ServiceBackups of other namespaces name, and may. */
async function coveredFromAfar({ kube, mirrors }: Surroundings, namespace: string): Promise<string[]> {
  const named = [...mirrors.backups.values()].flatMap(({ namespace: from, elsewhere = [] }) =>
    elsewhere.filter((claim) => claim.namespace === namespace).map(({ name }) => ({ from, name })),
  );
  if (named.length === 0) return [];
  try {
    const its = await kube.get<Namespace>(RESOURCES.namespaces, namespace);
    return named.filter(({ from }) => its && consents(its, from)).map(({ name }) => name);
  } catch (error) {
    // Rights of an older release: what nobody may read, nobody covers.
    if (isKubeError(error, 'Forbidden')) return [];
    throw error;
  }
}
