import { CustomResource, type CustomResourceOptions } from '@pulumi/pulumi';
import type { AwsModule, MinioModule } from 'service-backup/pulumi';

/** A class as a provider's module has it. What is only known when it is made is an Output by its name, too. */
const kind = (type: string, ...outputs: string[]) =>
  class extends CustomResource {
    constructor(name: string, args: object, opts?: CustomResourceOptions) {
      super(
        type,
        name,
        { ...Object.fromEntries(outputs.map((output) => [output, undefined])), ...args },
        opts,
      );
    }
    // biome-ignore lint/suspicious/noExplicitAny: the Outputs are those that it was given names of.
  } as any;

export const aws: AwsModule = {
  s3: {
    Bucket: kind('aws:s3/bucket:Bucket', 'arn'),
    BucketPublicAccessBlock: kind('aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock'),
  },
  iam: {
    User: kind('aws:iam/user:User', 'name'),
    UserPolicy: kind('aws:iam/userPolicy:UserPolicy'),
    AccessKey: kind('aws:iam/accessKey:AccessKey', 'secret'),
  },
};

export const minio: MinioModule = {
  S3Bucket: kind('minio:index/s3Bucket:S3Bucket', 'arn'),
  IamUser: kind('minio:index/iamUser:IamUser', 'name', 'secret'),
  IamPolicy: kind('minio:index/iamPolicy:IamPolicy', 'name'),
  IamUserPolicyAttachment: kind('minio:index/iamUserPolicyAttachment:IamUserPolicyAttachment'),
};
