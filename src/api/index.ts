export * from './backup-config';
export * from './crd';
export * from './group';
export * from './kinds';
export * from './outcome';
export * from './reasons';
export * from './service-backup';
export * from './task';
