export { synthTree } from './synth-tree';
