/** Kubernetes backups declared in TypeScript: cdk8s constructs. */
export * from './constructs';
export { synthTree } from './gitops';
