import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../demo/cluster';
import { JOB_NAMESPACE, OPERATOR_NAMESPACE } from '../../demo/deploy';
import type { Service } from '../../demo/round';
import type { BackupConfig, Condition, Reason, ServiceBackup, ServiceBackupSpec } from '../../src/api';
import { paths } from '../../testbed/layout';
import { theCluster } from './deployment';
import { KnownSecrets, secretsOf } from './known-secrets';
import { FaultyS3 } from './s3-fault';
import { type SeenEvent, Witness } from './witness';

type Settings = BackupConfig['spec']['serviceBackup'];

interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  [field: string]: unknown;
}

/** Volumes of guestbook, one on each node. */
export const ON_NODE_1 = 'uploads';
export const ON_NODE_2 = 'database';
export const NAMESPACE = 'guestbook';

/** A Secret of which the operator's fence has never heard. Others that a BackupConfig of the lab names are made known to it. */
export const UNKNOWN_SECRET = 'unknown';

/** A thing that goes wrong, and what people must be told. */
export interface Fault {
  /** Name of the ServiceBackup that meets it. */
  name: string;
  /** Its only item. @default ON_NODE_1 */
  claim?: string;
  spec?: Partial<ServiceBackupSpec>;
  /** What its BackupConfig has otherwise than the default one. */
  config?: (settings: Settings) => void;
  /** Its bucket is made for it, unless. */
  withoutBucket?: true;
  reason: Reason;
  /** Words that the message must have: the object, and the mend. */
  says: (string | RegExp)[];
  /** From the start of its Job (of its run, if it gets none). @default 60 */
  within?: number;
}

/** Where faults are made: ServiceBackups and BackupConfigs of a test file's own, whose end takes them away. */
export class FaultLab {
  readonly #made: KubeObject[] = [];
  readonly #fronts: FaultyS3[] = [];

  private constructor(
    readonly cluster: Cluster,
    readonly witness: Witness,
    readonly prefix: string,
    private readonly defaults: BackupConfig,
    private readonly fence: KnownSecrets,
  ) {}

  static async open(prefix: string): Promise<FaultLab> {
    const cluster = await theCluster();
    const config = ['get', 'backupconfig', 'default', '-n', OPERATOR_NAMESPACE, '-o', 'json'];
    const defaults = JSON.parse(await cluster.kubectl(config)) as BackupConfig;
    return new FaultLab(cluster, new Witness(cluster), prefix, defaults, await KnownSecrets.of(cluster));
  }

  async close(): Promise<void> {
    this.witness.stop();
    for (const front of this.#fronts) await front.close();
    await this.fence.restore();
    if (this.#made.length === 0) return;
    await this.cluster.kubectl(
      ['delete', '--ignore-not-found', '--wait=false', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: this.#made }),
    );
  }

  service = (name: string, namespace = NAMESPACE) => ({ namespace, name: `${this.prefix}-${name}` });
  bucket = (name: string) => `faults-${this.prefix}-${name}`;

  /** An S3 system that fails as it is told to. */
  async s3(...how: Parameters<typeof FaultyS3.open>): Promise<FaultyS3> {
    const front = await FaultyS3.open(...how);
    this.#fronts.push(front);
    return front;
  }

  /** Creates or changes objects; those that are new go at the end. */
  async apply(...objects: KubeObject[]): Promise<void> {
    for (const { apiVersion, kind, metadata } of objects)
      this.#made.unshift({
        apiVersion,
        kind,
        metadata: { name: metadata.name, namespace: metadata.namespace },
      });
    const { any, maintenance } = secretsOf(objects);
    await this.fence.letThrough({ any: any.filter((name) => name !== UNKNOWN_SECRET), maintenance });
    await this.cluster.kubectl(
      ['apply', '--server-side', '--force-conflicts', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
    );
  }

  /** The default BackupConfig with shorter deadlines, and changed in places. */
  config(name: string, change: (settings: Settings) => void = () => {}) {
    const spec = structuredClone(this.defaults.spec);
    spec.serviceBackup.recoveryKey = 'Declined';
    // A machine that is very busy takes more than 20 s to start a pod that has all it needs.
    spec.serviceBackup.jobSpec = { startDeadlineSeconds: 90 };
    change(spec.serviceBackup);
    // What fails has failed; tests of trying again say how often.
    spec.serviceBackup.jobSpec = { backoffLimit: 0, ...spec.serviceBackup.jobSpec };
    const metadata = { name: `${this.prefix}-${name}`, namespace: OPERATOR_NAMESPACE };
    return { apiVersion: 'servicebackup.io/v1alpha1', kind: 'BackupConfig', metadata, spec };
  }

  secret(name: string, stringData: Record<string, string>) {
    const metadata = { name: `${this.prefix}-${name}`, namespace: JOB_NAMESPACE };
    return { apiVersion: 'v1', kind: 'Secret', metadata, stringData };
  }

  /** A ServiceBackup that runs as soon as it is there, and never by its schedule. */
  declaration(name: string, claims: string[], spec: Partial<ServiceBackupSpec> = {}, namespace = NAMESPACE) {
    return {
      apiVersion: 'servicebackup.io/v1alpha1',
      kind: 'ServiceBackup',
      metadata: this.service(name, namespace),
      spec: {
        backupBucketName: this.bucket(name),
        backups: claims.map((claim) => ({ type: 'pvc', name: claim })),
        suspend: true,
        runNow: 'first',
        ...spec,
      },
    };
  }

  /** Makes all faults at once. */
  async make(faults: Fault[]): Promise<void> {
    await this.makeBuckets(...faults.filter(({ withoutBucket }) => !withoutBucket).map(({ name }) => name));
    // The config first: a declaration without one is a fault of its own.
    await this.apply(
      ...faults.map(({ name, config }) => this.config(name, config)),
      ...faults.map(({ name, claim, spec }) =>
        this.declaration(name, [claim ?? ON_NODE_1], { backupConfig: `${this.prefix}-${name}`, ...spec }),
      ),
    );
  }

  /** Empty ones: a testbed that was kept has those of earlier runs. */
  async makeBuckets(...names: string[]): Promise<void> {
    for (const name of names) rmSync(join(paths.s3, this.bucket(name)), { recursive: true, force: true });
    await Promise.all(names.map((name) => this.cluster.createBucket(this.bucket(name))));
  }

  /** Changes fields of a ServiceBackup. */
  change(name: string, spec: Partial<ServiceBackupSpec>, namespace = NAMESPACE): Promise<string> {
    const at = ['sb', this.service(name).name, '-n', namespace, '--type=merge'];
    return this.cluster.kubectl(['patch', ...at, '-p', JSON.stringify({ spec })]);
  }

  runNow = (name: string, runNow: string, namespace?: string) => this.change(name, { runNow }, namespace);

  /** The end of a run: of the first one that is seen, or of the next after `previous`. */
  ended(name: string, seconds = 120, previous?: string, namespace = NAMESPACE) {
    const service = this.service(name, namespace);
    return this.witness.until(
      `the end of a run of ${service.name}`,
      seconds,
      () => {
        const { status } = this.witness.backup(service) ?? {};
        return status?.lastBackup && !status.run && status.lastBackup.run !== previous ? status : undefined;
      },
      () => JSON.stringify(this.witness.backup(service)?.status),
    );
  }

  /** Runs once more, and gives the end. */
  async runAgain(name: string, seconds?: number, namespace = NAMESPACE) {
    const before = this.witness.backup(this.service(name, namespace))?.status?.lastBackup?.run;
    await this.runNow(name, `again-${Date.now()}`, namespace);
    return this.ended(name, seconds, before, namespace);
  }

  condition = (backup: ServiceBackup | undefined, type: string): Condition | undefined =>
    backup?.status?.conditions?.find((condition) => condition.type === type);

  /** The Job of the run under way. */
  async openJob(name: string, seconds = 60, namespace = NAMESPACE): Promise<{ job: string; node: string }> {
    const service = this.service(name, namespace);
    return this.witness.until(
      `a Job of ${service.name}`,
      seconds,
      () => this.witness.backup(service)?.status?.run?.groups.find(({ finishedAt }) => !finishedAt),
      () => JSON.stringify(this.witness.backup(service)?.status),
    );
  }

  /** That no run can start, and why: said by state, condition and event. */
  async notReady(name: string, reason: Reason, says: Fault['says'], seconds = 30, namespace = NAMESPACE) {
    const service = this.service(name, namespace);
    const ready = () => this.condition(this.witness.backup(service), 'Ready');
    const { message } = await this.witness.until(
      `${reason} of ${service.name}`,
      seconds,
      () => (ready()?.status === 'False' && ready()?.reason === reason ? ready() : undefined),
      () => JSON.stringify(this.witness.backup(service)?.status),
    );
    const { status } = this.witness.backup(service)!;
    expect(status).toMatchObject({ state: 'Failed', reason, message });
    for (const words of says) expect(message).toMatch(words);
    const event = await this.event(service, reason);
    expect(event.message).toBe(message);
  }

  isReady(name: string, seconds = 20) {
    const service = this.service(name);
    const ready = () => this.condition(this.witness.backup(service), 'Ready');
    return this.witness.until(
      `${service.name} to be ready`,
      seconds,
      () => ready()?.status === 'True' || undefined,
      () => JSON.stringify(ready()),
    );
  }

  event(service: Service, reason: string): Promise<SeenEvent> {
    return this.witness.until(
      `an event ${reason} of ${service.name}`,
      10,
      () => this.witness.events(service).find((event) => event.reason === reason),
      () => JSON.stringify(this.witness.events(service)),
    );
  }

  /** That the fault is told everywhere where people and machines look: state, conditions, events; in time. */
  async told({ name, reason, says, within = 60 }: Fault, seconds = 180): Promise<void> {
    const service = this.service(name);
    const history = () => this.witness.history(service);
    const failed = await this.witness.until(
      `the failure of ${service.name}`,
      seconds,
      () => history().find(({ status }) => status?.lastBackup?.state === 'Failed' && !status.run),
      () => JSON.stringify(history().at(-1)?.status),
    );
    const { lastBackup, ...status } = failed.status!;
    expect({ ...status, lastBackup }).toMatchObject({
      state: 'Failed',
      reason,
      lastBackup: { state: 'Failed', reason },
      items: [{ state: 'Failed', reason }],
    });
    for (const words of says) expect(lastBackup!.message).toMatch(words);
    expect(this.condition(failed, 'LastBackupSucceeded')).toMatchObject({ status: 'False', reason });

    const ofRun = history().flatMap(({ status }) => (status?.run?.id === lastBackup!.run ? status.run : []));
    const begun = ofRun.flatMap(({ groups }) => groups)[0]?.startedAt ?? lastBackup!.startedAt;
    const took = (Date.parse(lastBackup!.timestamp) - Date.parse(begun)) / 1000;
    expect(took).toBeLessThanOrEqual(within);

    const event = await this.event(service, reason);
    for (const words of says) expect(event.message).toMatch(words);
  }
}
