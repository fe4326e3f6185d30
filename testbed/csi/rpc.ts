import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ServerUnaryCall,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';

/** A refusal with the gRPC code by which sidecars and kubelet decide whether to try again. */
export class RpcError extends Error {
  constructor(
    readonly code: status,
    message: string,
  ) {
    super(message);
  }
}

/** The fields of all requests that this driver looks at. */
export interface CsiRequest {
  readonly name?: string;
  readonly volume_id?: string;
  readonly node_id?: string;
  readonly capacity_range?: { readonly required_bytes?: number };
  readonly parameters?: Readonly<Record<string, string>>;
  readonly volume_capabilities?: readonly unknown[];
  readonly staging_target_path?: string;
  readonly target_path?: string;
  readonly readonly?: boolean;
  readonly plugin_registered?: boolean;
}

export type Handlers = Readonly<Record<string, (request: CsiRequest) => Promise<object> | object>>;

const QUIET = /Probe|Capabilities|GetPluginInfo|NodeGetInfo/;
const queues = new Map<string, Promise<unknown>>();

/** One call at a time per volume: kubelet and sidecars ask again while a call is still at work. */
function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
  const turn = (queues.get(key) ?? Promise.resolve()).then(work, work);
  const settled = turn.catch(() => undefined);
  queues.set(key, settled);
  void settled.then(() => {
    if (queues.get(key) === settled) queues.delete(key);
  });
  return turn;
}

/** Wraps handlers as a gRPC service that logs, keeps the order per volume, and fails on purpose when told to. */
export function service(handlers: Handlers, faults: string): UntypedServiceImplementation {
  const wrap = (rpc: string, handler: Handlers[string]) => {
    const answer = async (request: CsiRequest) => {
      const fault = join(faults, rpc);
      if (existsSync(fault)) throw new RpcError(status.INTERNAL, readFileSync(fault, 'utf8').trim());
      return handler(request);
    };
    return (call: ServerUnaryCall<CsiRequest, object>, reply: sendUnaryData<object>) => {
      const { request } = call;
      const log = (outcome: string) =>
        console.log(new Date().toISOString(), rpc, request.volume_id ?? request.name ?? '', outcome);
      inTurn(request.volume_id ?? request.name ?? '', () => answer(request)).then(
        (value) => {
          if (!QUIET.test(rpc)) log('done');
          reply(null, value);
        },
        (error: Error) => {
          const code = error instanceof RpcError ? error.code : status.INTERNAL;
          log(`failed with ${status[code]}: ${error.message}`);
          reply({ code, details: error.message });
        },
      );
    };
  };
  return Object.fromEntries(Object.entries(handlers).map(([rpc, handler]) => [rpc, wrap(rpc, handler)]));
}
