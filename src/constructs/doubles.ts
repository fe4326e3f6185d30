import type { IConstruct } from 'constructs';
import type { Found } from './problems';

/** What a ServiceBackup must not share with another. */
interface Declaration extends IConstruct {
  readonly name: string;
  readonly namespace?: string;
  readonly backupBucketName: string;
}

/** A repository has one owner, and an object one declaration. */
export function doubles(declarations: Declaration[]): Found[] {
  const inBucket = repeated(declarations, ({ backupBucketName }) => backupBucketName);
  const asObject = repeated(declarations, ({ namespace = '', name }) => `${namespace}/${name}`);
  return [
    ...inBucket.map(([construct, first]) => ({
      construct,
      problem: `backupBucketName '${construct.backupBucketName}' is already that of ${first.node.path}, and a repository has one owner: use another bucket.`,
    })),
    ...asObject.map(([construct, first]) => ({
      construct,
      problem: `the ServiceBackup '${construct.name}'${inNamespace(construct)} is already declared by ${first.node.path}: give this construct another id.`,
    })),
  ];
}

const inNamespace = ({ namespace }: Declaration): string => (namespace ? ` of namespace '${namespace}'` : '');

/** Those whose key an earlier one has, with that earlier one. */
function repeated(
  declarations: Declaration[],
  keyOf: (declaration: Declaration) => string,
): [again: Declaration, first: Declaration][] {
  const firsts = new Map<string, Declaration>();
  return declarations.flatMap((declaration): [Declaration, Declaration][] => {
    const first = firsts.get(keyOf(declaration));
    if (first) return [[declaration, first]];
    firsts.set(keyOf(declaration), declaration);
    return [];
  });
}
