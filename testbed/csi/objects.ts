import { DRIVERS, STYLES, type StagingStyle } from '../layout';

const storageClass = (staging: StagingStyle) => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: staging },
  provisioner: DRIVERS[staging],
  parameters: { staging },
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'Immediate',
});

const csiDriver = (name: string) => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'CSIDriver',
  metadata: { name },
  spec: {
    attachRequired: true,
    podInfoOnMount: false,
    fsGroupPolicy: 'File',
    volumeLifecycleModes: ['Persistent'],
  },
});

/** What the cluster is told about the drivers: a class for each style of staging. */
export const CSI_OBJECTS = {
  apiVersion: 'v1',
  kind: 'List',
  items: STYLES.flatMap((style) => [csiDriver(DRIVERS[style]), storageClass(style)]),
};
