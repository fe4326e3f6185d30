import { Item, Schedule, ServiceBackup } from '../../src/constructs';
import type { KubeObject, Node } from '../../src/kube/objects';
import { RESOURCES } from '../../src/kube/resources';
import type { Rest } from '../../src/kube/rest';
import { nodeView } from '../../src/operator/views';
import { until } from '../machine/wait';
import { each } from './access';
import { create, DRIVER, synthesised } from './cluster';

export interface SimulatedItem {
  /** Made by `itemName`: it says how the item fares. */
  name: string;
  /** The node that its volume is attached to. */
  node: string;
}

export interface SimulatedService {
  namespace: string;
  name: string;
  items: readonly SimulatedItem[];
  runNow?: string;
  /** A cron expression. @default - that of the BackupConfig */
  schedule?: string;
}

export const keyOf = ({ namespace, name }: SimulatedService): string => `${namespace}/${name}`;

/** Makes nodes, and waits until kwok has made them ready. */
export async function createNodes(kube: Rest, names: readonly string[]): Promise<void> {
  const capacity = { cpu: '1k', memory: '1Ti', pods: '1M' };
  await each(names, (name) =>
    kube.create(RESOURCES.nodes, {
      metadata: { name, labels: { 'kubernetes.io/hostname': name } },
      status: { capacity, allocatable: capacity },
    } as KubeObject),
  );
  await until({ what: `${names.length} nodes to be ready`, seconds: 60 }, async () => {
    const nodes = await kube.list<Node>(RESOURCES.nodes);
    return nodes.filter((node) => nodeView(node).ready).length >= names.length;
  });
}

export const SERVICE_LABEL = 'app.kubernetes.io/name';

/** So many declarations are synthesised at once. */
const CHUNK = 500;

/**
 * Declares services as their owners would, with the constructs; and makes what a CSI driver and a workload would have made: bound
 * claims, and volumes attached to a node. The declarations come last, and with them the time they took.
 */
export async function createServices(kube: Rest, services: readonly SimulatedService[]): Promise<Declared> {
  await createVolumes(kube, services);
  const objects: KubeObject[] = [];
  for (let at = 0; at < services.length; at += CHUNK)
    objects.push(
      ...synthesised((chart) => {
        for (const service of services.slice(at, at + CHUNK)) declare(chart, service);
      }),
    );
  const isBackup = ({ kind }: KubeObject) => kind === 'ServiceBackup';
  await create(
    kube,
    objects.filter((object) => !isBackup(object)),
  );
  const began = Date.now();
  await create(kube, objects.filter(isBackup));
  return { began, ended: Date.now() };
}

/** When the first declaration was sent, and the last one was taken. */
export interface Declared {
  began: number;
  ended: number;
}

function declare(chart: Parameters<Parameters<typeof synthesised>[0]>[0], service: SimulatedService): void {
  const { namespace, name, items, runNow, schedule } = service;
  new ServiceBackup(chart, `${namespace}.${name}`, {
    metadata: { namespace, name },
    backupBucketName: `${namespace}-${name}`,
    backups: items.map((item) => Item.volume(item.name)),
    ...(runNow !== undefined && { runNow }),
    ...(schedule !== undefined && { schedule: Schedule.cron(schedule) }),
  });
}

/** Each claim carries its service's name as a label. */
export async function createVolumes(kube: Rest, services: readonly SimulatedService[]): Promise<void> {
  const namespaces = new Set(services.map(({ namespace }) => namespace));
  await create(
    kube,
    [...namespaces].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
  );
  const items = services.flatMap((service) => service.items.map((item) => ({ ...item, service })));
  await each(items, async ({ name, node, service: { namespace, name: of } }) => {
    const volume = `${namespace}.${of}.${name}`;
    const accessModes = ['ReadWriteOnce'];
    const size = { storage: '1Gi' };
    const claim = await kube.create(RESOURCES.persistentVolumeClaims, {
      metadata: {
        name,
        namespace,
        labels: { [SERVICE_LABEL]: of },
        annotations: { 'pv.kubernetes.io/bind-completed': 'yes' },
      },
      spec: { accessModes, volumeName: volume, storageClassName: '', resources: { requests: size } },
    } as KubeObject);
    const attachment = `csi-${volume}`;
    await Promise.all([
      kube.transport.text({
        method: 'PUT',
        path: `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}/status`,
        body: { ...claim, status: { phase: 'Bound', accessModes, capacity: size } },
      }),
      kube.create(RESOURCES.persistentVolumes, {
        metadata: { name: volume },
        spec: {
          accessModes,
          capacity: size,
          persistentVolumeReclaimPolicy: 'Retain',
          csi: { driver: DRIVER, volumeHandle: volume },
          claimRef: {
            apiVersion: 'v1',
            kind: 'PersistentVolumeClaim',
            namespace,
            name,
            uid: claim.metadata.uid,
          },
        },
      } as KubeObject),
      kube
        .create(RESOURCES.volumeAttachments, {
          metadata: { name: attachment },
          spec: { attacher: DRIVER, nodeName: node, source: { persistentVolumeName: volume } },
        } as KubeObject)
        .then((made) =>
          kube.transport.text({
            method: 'PUT',
            path: `/apis/storage.k8s.io/v1/volumeattachments/${attachment}/status`,
            body: { ...made, status: { attached: true } },
          }),
        ),
    ]);
  });
}
