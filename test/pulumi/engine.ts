import { runInThisContext } from 'node:vm';
import * as pulumi from '@pulumi/pulumi';
import { MockMonitor } from '@pulumi/pulumi/runtime/mocks';
import * as settings from '@pulumi/pulumi/runtime/settings';

// Whoever loads the provider's SDK first waits for it, on a busy machine for seconds.
jest.setTimeout(30_000);

/** A resource as the engine is told of it. */
export interface Registered {
  type: string;
  name: string;
  /** What is secret is `{ secret: value }`, what is not known yet is `'unknown'`. */
  // biome-ignore lint/suspicious/noExplicitAny: what a test looks at is said by the test.
  inputs: any;
  parent: string;
  dependsOn: string[];
  retainOnDelete: boolean;
  protect: boolean;
  /** The id of what it takes over. */
  imported: string;
}

/** What providers know when something is made, beside what they were asked for. */
const MADE: Record<string, (name: string) => object> = {
  'aws:s3/bucket:Bucket': () => ({ arn: 'arn:aws-cn:s3:::nextcloud-backup' }),
  'aws:iam/user:User': (name) => ({ name: `${name}-1a2b3c4` }),
  'aws:iam/accessKey:AccessKey': (name) => ({ secret: `secret of ${name}` }),
  'minio:index/s3Bucket:S3Bucket': () => ({ arn: 'arn:aws:s3:::nextcloud-backup' }),
  'minio:index/iamUser:IamUser': (name) => ({ name: `${name}-1a2b3c4`, secret: `secret of ${name}` }),
  'minio:index/iamPolicy:IamPolicy': (name) => ({ name: `${name}-5d6e7f8` }),
};

const SIGNATURE = '4dabf18193072939515e22adb298388d';
const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

function readable(value: unknown): unknown {
  if (value === UNKNOWN) return 'unknown';
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(readable);
  if (SIGNATURE in value) return { secret: readable((value as unknown as { value: unknown }).value) };
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, readable(field)]));
}

const nameOf = (urn: string): string => urn.split('::').at(-1)!;

/** As before a program, whose SDK asks what the engine can; and after it, fulfilled when all is registered. They have no types. */
const { awaitFeatureSupport, waitForRPCs } = settings as unknown as {
  awaitFeatureSupport(): Promise<void>;
  waitForRPCs(): Promise<void>;
};

/** Writes down what it is asked for; whatever is made is as it was asked for. During a preview nothing is. */
class Recorder extends MockMonitor {
  readonly registered: Registered[] = [];

  constructor(preview: boolean) {
    super({
      call: ({ inputs }) => inputs,
      newResource: ({ type, name, inputs }) => ({
        id: preview ? undefined : `${name}-id`,
        state: { ...inputs, ...(!preview && MADE[type]?.(name)) },
      }),
    });
  }

  // biome-ignore lint/suspicious/noExplicitAny: the SDK has no type for it.
  override async registerResource(request: any, callback: (error: any, response: any) => void) {
    if (request.getType() !== 'pulumi:pulumi:Stack') {
      this.registered.push({
        type: request.getType(),
        name: request.getName(),
        inputs: readable(request.getObject()?.toJavaScript() ?? {}),
        parent: nameOf(request.getParent()),
        dependsOn: request.getDependenciesList().map(nameOf),
        retainOnDelete: request.getRetainondelete() ?? false,
        protect: request.getProtect() ?? false,
        imported: request.getImportid(),
      });
    }
    await super.registerResource(request, callback);
  }

  outputsOf(name: string): unknown {
    const found = [...this.resources.values()].find(({ urn }) => nameOf(urn) === name);
    return readable(found?.state?.toJavaScript?.() ?? found?.state);
  }
}

export interface Deployed {
  resources: Registered[];
  /** What went wrong on the way, once each. */
  errors: string[];
  /** What a component registered as its outputs. */
  outputsOf: (name: string) => unknown;
}

/** Runs a program as the engine does, which gets to know all that a program does not await. */
export async function deploy(program: () => void, { preview = false } = {}): Promise<Deployed> {
  const recorder = new Recorder(preview);
  const errors = new Set<string>();
  // Jest gives tests a copy of `process`, which hears nothing.
  const heard = runInThisContext('process') as NodeJS.Process;
  const others = heard.listeners('unhandledRejection');
  heard.removeAllListeners('unhandledRejection');
  heard.on('unhandledRejection', (error) => errors.add((error as Error).message));
  try {
    settings.setMockOptions(recorder, 'project', 'stack', preview);
    await awaitFeatureSupport();
    program();
    await waitForRPCs();
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    heard.removeAllListeners('unhandledRejection');
    for (const other of others) heard.on('unhandledRejection', other);
  }
  return {
    resources: recorder.registered,
    errors: [...errors],
    outputsOf: (name) => recorder.outputsOf(name),
  };
}

/** An Output whose value is not known during a preview. */
export function unknown(): pulumi.Output<string> {
  class Bucket extends pulumi.CustomResource {
    declare readonly bucket: pulumi.Output<string>;
  }
  return new Bucket('aws:s3:Bucket', 'bucket', { bucket: undefined }).bucket;
}

/** The resources that the Kubernetes provider is asked for. */
export const objectsAmong = (resources: Registered[]): Registered[] =>
  resources.filter(({ type }) => type.startsWith('kubernetes:'));

/** The only object of a kind, or of that name. */
export function one(resources: Registered[], kind: string, name?: string): Registered {
  const found = objectsAmong(resources).filter(
    ({ inputs }) => inputs.kind === kind && (name === undefined || inputs.metadata.name === name),
  );
  if (found.length !== 1) throw new Error(`${found.length} objects of kind ${kind}, not one`);
  return found[0]!;
}
