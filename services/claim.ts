import { Size } from 'cdk8s';
import { PersistentVolumeAccessMode, PersistentVolumeClaim } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';

/**
 * A claim that one node at a time mounts. Its name is written out: cdk8s would make one of the construct's path, and whoever moves the
 * construct would get another claim, with an empty volume.
 */
export function claim(scope: Construct, name: string, gibibytes: number): PersistentVolumeClaim {
  return new PersistentVolumeClaim(scope, name, {
    metadata: { name },
    accessModes: [PersistentVolumeAccessMode.READ_WRITE_ONCE],
    storage: Size.gibibytes(gibibytes),
  });
}
