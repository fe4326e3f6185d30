import type { Restic } from './restic';
import { faultOf } from './restic-fault';
import { type RootDirectory, rootFromNode, rootFromTags } from './root-directory';
import type { ResticSnapshot } from './snapshots';

/** What of a snapshot becomes the root of a restored volume. */
export interface Source {
  /** As restic takes it: `<id>`, or `<id>:<path>`. */
  argument: string;
  /** Owner, mode and time of the volume's own root directory, if they are known. */
  root?: RootDirectory;
}

/** A line of `restic ls --json`. */
interface Node {
  message_type?: string;
  type: string;
  path: string;
  mode?: number;
  uid?: number;
  gid?: number;
  mtime?: string;
}

/**
 * Ours hold the volume's contents at their root, since we back up from inside; so does VolSync. Who backs up by an absolute path, as
 * K8up does (`/data/<claim>`), has them below it. The recorded path looks the same in both: what is in the snapshot tells.
 */
export async function sourceOf(restic: Restic, snapshot: ResticSnapshot): Promise<Source> {
  const { id, paths, tags } = snapshot;
  const root = rootFromTags(tags ?? []);
  const [path = '', ...more] = paths;
  if (root || more.length > 0 || !/^\/[^/]/.test(path)) return { argument: id, ...(root && { root }) };

  const above = path.split('/').map((_, depth, parts) => parts.slice(0, depth + 1).join('/') || '/');
  const nodes: Node[] = [];
  const ended = await restic.run({
    args: ['ls', id, ...above.slice(0, -1), '--no-lock'],
    onLine: (line) => {
      const node = JSON.parse(line) as Node;
      if (node.message_type === 'node') nodes.push(node);
    },
  });
  if (ended.code !== 0) throw faultOf(ended, `looking into snapshot ${id.slice(0, 8)}`, 'RestoreFailed');
  return sourceAt(id, above, nodes);
}

/**
 * @param above the directories that lead to the path, the root first, and the path itself
 * @param nodes what these directories hold
 */
export function sourceAt(id: string, above: readonly string[], nodes: readonly Node[]): Source {
  const childrenOf = (directory: string) =>
    nodes.filter(({ path }) => path !== '/' && (path.slice(0, path.lastIndexOf('/')) || '/') === directory);
  let found: Node | undefined;
  for (const [depth, directory] of above.slice(0, -1).entries()) {
    const [child, ...others] = childrenOf(directory);
    // A volume that happens to hold a directory of that name holds other things as well.
    if (!child || others.length > 0 || child.path !== above[depth + 1] || child.type !== 'dir')
      return { argument: id };
    found = child;
  }
  const root = found && rootFromNode(found);
  return { argument: `${id}:${above.at(-1)}`, ...(root && { root }) };
}
