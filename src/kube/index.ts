export * from './error';
export * from './in-cluster';
export * from './kube';
export * from './mirror';
export * from './objects';
export * from './resources';
export { type DeleteOptions, PAGE, type Page, Rest, type Selection } from './rest';
