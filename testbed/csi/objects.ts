import { DRIVER } from '../layout';

const storageClass = (staging: 'plain' | 'ceph') => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: staging },
  provisioner: DRIVER,
  parameters: { staging },
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'Immediate',
});

/** What the cluster is told about the driver: a class for each style of staging. */
export const CSI_OBJECTS = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'CSIDriver',
      metadata: { name: DRIVER },
      spec: {
        attachRequired: true,
        podInfoOnMount: false,
        fsGroupPolicy: 'File',
        volumeLifecycleModes: ['Persistent'],
      },
    },
    storageClass('plain'),
    storageClass('ceph'),
  ],
};
