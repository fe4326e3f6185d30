import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { EngineService } from '@pulumi/pulumi/proto/engine_grpc_pb';
import {
  GetRootResourceResponse,
  type LogRequest,
  LogSeverity,
  type SetRootResourceRequest,
  SetRootResourceResponse,
} from '@pulumi/pulumi/proto/engine_pb';
import { ResourceMonitorService } from '@pulumi/pulumi/proto/resource_grpc_pb';
import {
  DeploymentInfo,
  type RegisterResourceRequest,
  RegisterResourceResponse,
  ResourceMonitorFeature,
} from '@pulumi/pulumi/proto/resource_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import { parse } from 'yaml';
import type { Manifest } from '../constructs/app';

/** What became of a program. */
export interface Ran {
  /** 0; 32 when it failed and said why. */
  readonly code: number | null;
  /** Its errors, each with the resource that it is said of. */
  readonly errors: { of: string; message: string }[];
  /** The objects that the Kubernetes provider is asked for. */
  readonly objects: Manifest[];
}

interface PulumiYaml {
  name: string;
  main: string;
  runtime: { options: { tsconfig: string } };
  config: Record<string, { default?: string }>;
}

/** A method of gRPC that answers at once. */
const answers =
  <Q, A>(answer: (request: Q) => A) =>
  ({ request }: ServerUnaryCall<Q, A>, reply: sendUnaryData<A>) =>
    reply(null, answer(request));
const nothing = answers(() => new Empty());

/** The half of Pulumi's engine that programs talk to, which makes what it is asked for. */
function engine(errors: Ran['errors'], objects: Manifest[]): Server {
  const server = new Server();
  let stack = '';
  server.addService(EngineService as ServiceDefinition, {
    log: answers((request: LogRequest) => {
      if (request.getSeverity() === LogSeverity.ERROR)
        errors.push({ of: nameIn(request.getUrn()), message: request.getMessage() });
      return new Empty();
    }),
    getRootResource: answers(() => new GetRootResourceResponse().setUrn(stack)),
    setRootResource: answers((request: SetRootResourceRequest) => {
      stack = request.getUrn();
      return new SetRootResourceResponse();
    }),
  });
  server.addService(ResourceMonitorService as ServiceDefinition, {
    getDeploymentInfo: answers(() =>
      new DeploymentInfo().setSupportedfeaturesList([
        ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_SECRETS,
        ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
        ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
      ]),
    ),
    registerResource: answers((request: RegisterResourceRequest) => {
      const [type, object] = [request.getType(), request.getObject()];
      if (type.startsWith('kubernetes:')) objects.push(object!.toJavaScript() as unknown as Manifest);
      return new RegisterResourceResponse()
        .setUrn(`urn:pulumi:stack::project::${type}::${request.getName()}`)
        .setId(request.getCustom() ? request.getName() : '')
        .setObject(object);
    }),
    registerResourceOutputs: nothing,
    signalAndWaitForShutdown: nothing,
  });
  return server;
}

const nameIn = (urn: string): string => urn.split('::').at(-1)!;

/**
 * Runs the program of a directory's Pulumi.yaml, with these settings of its stack, as Pulumi's language host does: its own Node, in
 * the directory of the program, with Pulumi's loader of TypeScript.
 */
export async function run(root: string, settings: Record<string, string>): Promise<Ran> {
  const { name, main, runtime, config }: PulumiYaml = parse(readFileSync(join(root, 'Pulumi.yaml'), 'utf8'));
  const defaults = Object.entries(config).flatMap(([key, { default: value }]) =>
    value === undefined ? [] : [[key, value] as const],
  );
  const given = Object.entries({ ...Object.fromEntries(defaults), ...settings });
  const [errors, objects]: [Ran['errors'], Manifest[]] = [[], []];
  const server = engine(errors, objects);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    ),
  );
  const address = `127.0.0.1:${port}`;
  const flags = {
    monitor: address,
    engine: address,
    organization: 'organization',
    project: name,
    'root-directory': root,
    stack: 'stack',
    pwd: dirname(join(root, main)),
    parallel: '16',
  };
  try {
    const child = spawn(
      process.execPath,
      [
        require.resolve('@pulumi/pulumi/cmd/run'),
        ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]),
        basename(main),
      ],
      {
        env: {
          PATH: process.env.PATH,
          HOME: process.env.HOME,
          PULUMI_CONFIG: JSON.stringify(
            Object.fromEntries(given.map(([key, value]) => [`${name}:config:${key}`, value])),
          ),
          PULUMI_NODEJS_TYPESCRIPT: 'true',
          PULUMI_NODEJS_TSCONFIG_PATH: runtime.options.tsconfig,
        },
        stdio: 'inherit',
      },
    );
    const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
    return { code, errors, objects };
  } finally {
    server.forceShutdown();
  }
}
