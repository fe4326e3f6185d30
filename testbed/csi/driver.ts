import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { loadPackageDefinition, Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { controllerService } from './controller-service';
import { nodeService } from './node-service';
import { type Handlers, service } from './rpc';
import { Volumes } from './volumes';

/** What a driver process is told on its command line, as JSON. One process serves all drivers. */
export type DriverRole = {
  /** Where volumes and devices are recorded; shared by all processes of the drivers. */
  readonly directory: string;
  readonly protos: { readonly csi: string; readonly registration: string };
} & (
  | {
      readonly role: 'controller';
      readonly drivers: readonly { readonly name: string; readonly socket: string }[];
    }
  | {
      readonly role: 'node';
      readonly drivers: readonly string[];
      readonly node: string;
      readonly kubelet: string;
    }
);

function definition(file: string, ...path: string[]): ServiceDefinition {
  const types = loadSync(file, {
    keepCase: true,
    longs: Number,
    enums: String,
    defaults: false,
    oneofs: true,
  });
  let at: unknown = loadPackageDefinition(types);
  for (const name of path) at = (at as Record<string, unknown>)[name];
  return (at as { service: ServiceDefinition }).service;
}

function serve(
  socket: string,
  services: readonly (readonly [ServiceDefinition, Handlers])[],
  faults: string,
): Promise<void> {
  const server = new Server();
  for (const [type, handlers] of services) server.addService(type, service(handlers, faults));
  mkdirSync(dirname(socket), { recursive: true });
  rmSync(socket, { force: true });
  return new Promise((resolve, reject) => {
    server.bindAsync(`unix://${socket}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
  });
}

const identityOf = (driver: string): Handlers => ({
  GetPluginInfo: () => ({ name: driver, vendor_version: '1' }),
  GetPluginCapabilities: () => ({ capabilities: [{ service: { type: 'CONTROLLER_SERVICE' } }] }),
  Probe: () => ({ ready: { value: true } }),
});

async function main(options: DriverRole): Promise<void> {
  const volumes = new Volumes(options.directory);
  const faults = volumes.faults();
  const csi = (name: string) => definition(options.protos.csi, 'csi', 'v1', name);
  if (options.role === 'controller') {
    const controller = [csi('Controller'), controllerService(volumes)] as const;
    for (const { name, socket } of options.drivers) {
      await serve(socket, [[csi('Identity'), identityOf(name)], controller], faults);
    }
    return;
  }
  const node = [csi('Node'), nodeService(volumes, options.node)] as const;
  const registration = definition(options.protos.registration, 'pluginregistration', 'Registration');
  for (const name of options.drivers) {
    const endpoint = `${options.kubelet}/plugins/${name}/csi.sock`;
    await serve(endpoint, [[csi('Identity'), identityOf(name)], node], faults);
    // The kubelet watches this directory; other drivers have a sidecar that answers it.
    const registrar: Handlers = {
      GetInfo: () => ({ type: 'CSIPlugin', name, endpoint, supported_versions: ['1.0.0'] }),
      NotifyRegistrationStatus: (request) => {
        if (!request.plugin_registered) setTimeout(() => process.exit(1), 100);
        return {};
      },
    };
    await serve(`${options.kubelet}/plugins_registry/${name}-reg.sock`, [[registration, registrar]], faults);
  }
}

main(JSON.parse(process.argv[2]!) as DriverRole).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
