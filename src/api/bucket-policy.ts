/** What a user may delete in the bucket of a repository: all of it; or locks alone, which every run of restic takes and gives back. */
export type Deletes = 'everything' | 'locks';

/** A statement of an IAM policy. */
export interface Statement {
  Sid: string;
  Effect: 'Allow';
  Action: string[];
  Resource: string[];
}

const arn = (path: string): string => `arn:aws:s3:::${path}`;

/**
 * What restic, and what of ours reads and writes beside it, needs in the bucket of a repository, and no more. Without ListBucket restic
 * takes a repository for absent. Packs of more than 16 MiB go over in parts, and what failed of them is aborted.
 */
export const repositoryStatements = (bucket: string, deletes: Deletes): Statement[] => [
  { Sid: 'List', Effect: 'Allow', Action: ['s3:ListBucket'], Resource: [arn(bucket)] },
  {
    Sid: 'ReadAndWrite',
    Effect: 'Allow',
    Action: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'],
    Resource: [arn(`${bucket}/*`)],
  },
  {
    Sid: 'Delete',
    Effect: 'Allow',
    Action: ['s3:DeleteObject'],
    Resource: [arn(deletes === 'locks' ? `${bucket}/locks/*` : `${bucket}/*`)],
  },
];
