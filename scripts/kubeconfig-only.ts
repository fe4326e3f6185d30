import type { Plugin } from 'esbuild';

/**
 * The command line uses the part of @kubernetes/client-node that reads kubeconfigs and logs in, and sends its requests itself
 * (docs/adr/0005). The generated clients, of every kind there is, and undici, which would send theirs, are most of the bytes: in their
 * stead stands nothing. Whoever asks a KubeConfig for more than certificates and tokens gets a TypeError.
 */
export const kubeconfigOnly: Plugin = {
  name: 'kubeconfig-only',
  setup(build) {
    build.onResolve({ filter: /^@kubernetes\/client-node$/ }, () => ({
      path: require.resolve('@kubernetes/client-node/dist/config.js'),
    }));
    build.onLoad({ filter: /\/client-node\/dist\/gen\/index\.js$/ }, () => ({
      contents: 'export const createConfiguration = undefined, ServerConfiguration = undefined;',
    }));
    build.onLoad({ filter: /\/undici\/index\.js$/ }, () => ({ contents: 'module.exports = {};' }));
  },
};
