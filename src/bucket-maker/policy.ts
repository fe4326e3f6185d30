import { type Deletes, repositoryStatements, type Statement } from '../api/bucket-policy';
import { refusal } from './trouble';

/** A statement of a bucket's policy: it names, beside what may be done, who may. */
export interface Granted extends Statement {
  Principal: { AWS: string[] };
}

/** A statement as somebody wrote it. */
type Written = { Sid?: unknown; Principal?: unknown } & Record<string, unknown>;
interface Policy {
  Version?: unknown;
  Statement: Written[];
}

/** What the n-th user of a task may do. By its number, not by its name, a later run knows its statements again. */
export const grantedTo = (n: number, user: string, bucket: string, deletes: Deletes): Granted[] =>
  repositoryStatements(bucket, deletes).map(({ Sid, ...statement }) => ({
    Sid: `ServiceBackupUser${n}${Sid}`,
    Principal: { AWS: [user] },
    ...statement,
  }));

/**
 * The policy of a bucket with these statements in it. Those of others stay as they are.
 *
 * @param text the policy that the bucket has; undefined: none
 * @throws it cannot be read, or one of our statements is somebody else's
 */
export function withStatements(
  text: string | undefined,
  ours: Granted[],
  bucket: string,
): { text: string; changed: boolean; others: number } {
  const policy = text === undefined ? { Version: '2012-10-17', Statement: [] } : parsed(text, bucket);
  const wanted = new Map(ours.map((statement) => [statement.Sid, statement]));
  const others = policy.Statement.filter(({ Sid, Principal }) => {
    const own = wanted.get(String(Sid));
    if (own) theSame(own, Principal, bucket);
    return !own;
  });
  const statements = [...others, ...ours];
  const merged = JSON.stringify({ ...policy, Statement: statements });
  return { text: merged, changed: !isIn(ours, policy.Statement), others: others.length };
}

const isIn = (ours: Granted[], written: Written[]): boolean => {
  const all = written.map((statement) => JSON.stringify(statement));
  const known = new Set(ours.map(({ Sid }) => Sid as unknown));
  return (
    ours.every((statement) => all.includes(JSON.stringify(statement))) &&
    written.filter(({ Sid }) => known.has(Sid)).length === ours.length
  );
};

function parsed(text: string, bucket: string): Policy {
  let policy: { Statement?: unknown } | null | undefined;
  try {
    policy = JSON.parse(text);
  } catch {
    // Said below.
  }
  const { Statement: found } = policy ?? {};
  const statements = Array.isArray(found) ? found : [found];
  if (!statements.every((statement) => typeof statement === 'object' && statement !== null))
    throw refusal(
      `The policy that the bucket ${bucket} has cannot be understood, and nothing was changed: ${text.slice(0, 200)}. Correct it by hand (GetBucketPolicy, PutBucketPolicy), or remove it if nobody needs it.`,
    );
  return { ...policy, Statement: statements };
}

function theSame({ Sid, Principal }: Granted, found: unknown, bucket: string): void {
  const [user = ''] = Principal.AWS;
  const named = principals(found);
  if (named.length === 1 && named[0] === user) return;
  throw refusal(
    `The statement ${Sid} in the policy of the bucket ${bucket} is for ${named.join(', ') || 'nobody'}, and not for the user ${user}: the bucket is another BackupBucket's, perhaps of another cluster. Choose another bucketName. If the bucket is to be this one's now, remove the statements ServiceBackup… from its policy by hand.`,
  );
}

/** Whom a statement names, in any of the ways to write it. */
function principals(principal: unknown): string[] {
  const named =
    typeof principal === 'object' && principal !== null && 'AWS' in principal ? principal.AWS : principal;
  return [named].flat().filter((name) => typeof name === 'string');
}
