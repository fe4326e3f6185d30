import { k8s } from 'cdk8s-plus-28';
import type { Construct, IConstruct } from 'constructs';
import { configsOf } from './app-configs';
import { BackupBucket } from './backup-bucket';
import { BUCKET_MAKER_LABELS } from './backup-bucket-job';
import { METRICS_PORT, OPERATOR_LABELS } from './operator-pod';
import type { AcrossApp } from './problems';
import { urlOf } from './url';
import { outside } from './values';

/** What operator and Jobs may connect to. Addresses are not restricted. */
export interface NetworkPolicyOptions {
  /**
   * TCP ports to which the operator may connect: of the API server, both that of its Service and that on which it listens; and of the
   * URLs in `notify`.
   * @default [443, 6443]
   */
  readonly operatorPorts?: readonly number[];
  /**
   * TCP ports of the S3 systems, to which Jobs may connect.
   * @default [443]
   */
  readonly s3Ports?: readonly number[];
}

const portsOf = ({ operatorPorts = [443, 6443], s3Ports = [443] }: NetworkPolicyOptions) => ({
  operatorPorts,
  s3Ports,
});

/** The DNS of a cluster listens on 53; that of OpenShift, behind its Service, on 5353. */
const DNS = [53, 5353].flatMap((port) => [
  { protocol: 'UDP', port },
  { protocol: 'TCP', port },
]);

const toPorts = (ports: readonly number[]): k8s.NetworkPolicyEgressRule[] => {
  const all = [...DNS, ...ports.map((port) => ({ protocol: 'TCP', port }))];
  return [{ ports: all.map(({ protocol, port }) => ({ protocol, port: k8s.IntOrString.fromNumber(port) })) }];
};

/**
 * Leaves the operator its metrics, DNS and the API server; and Jobs, whose namespace is theirs alone, DNS and S3. Those that make a bucket
 * write its keys into Secrets, and need the API server, too.
 */
export function networkPolicies(
  scope: Construct,
  { namespace, jobNamespace }: { namespace: string; jobNamespace: string },
  options: NetworkPolicyOptions,
): void {
  const { operatorPorts, s3Ports } = portsOf(options);
  const policyTypes = ['Ingress', 'Egress'];
  new k8s.KubeNetworkPolicy(scope, 'operator-network', {
    metadata: { name: 'service-backup-operator', namespace },
    spec: {
      podSelector: { matchLabels: OPERATOR_LABELS },
      policyTypes,
      ingress: [{ ports: [{ protocol: 'TCP', port: k8s.IntOrString.fromString(METRICS_PORT) }] }],
      egress: toPorts(operatorPorts),
    },
  });
  new k8s.KubeNetworkPolicy(scope, 'jobs-network', {
    metadata: { name: 'service-backup-jobs', namespace: jobNamespace },
    spec: { podSelector: {}, policyTypes, egress: toPorts(s3Ports) },
  });
  new k8s.KubeNetworkPolicy(scope, 'bucket-maker-network', {
    metadata: { name: 'service-backup-bucket-maker', namespace: jobNamespace },
    spec: {
      podSelector: { matchLabels: BUCKET_MAKER_LABELS },
      policyTypes: ['Egress'],
      egress: toPorts(operatorPorts),
    },
  });
}

/** What is wrong with the ports themselves. */
export const problemsOfPorts = (options: NetworkPolicyOptions): string[] =>
  Object.entries(portsOf(options)).flatMap(([name, ports]) =>
    ports.length === 0
      ? [`networkPolicies.${name} is empty, so that nothing could be reached: name a port, or leave it out.`]
      : ports.flatMap((port, at) => outside(`networkPolicies.${name}[${at}]`, port, 1, 65_535)),
  );

/** A URL that a construct names, and the ports of which its own must be one. */
interface Named {
  readonly construct: IConstruct;
  readonly field: string;
  readonly url: string;
  readonly of: keyof NetworkPolicyOptions;
}

/** BackupConfigs and BackupBuckets of the app with URLs that could not be reached. */
export const unreachable =
  (namespaces: { namespace: string; jobNamespace: string }, options: NetworkPolicyOptions): AcrossApp =>
  (constructs) => {
    const open = portsOf(options);
    return urlsIn(constructs, namespaces).flatMap(({ construct, field, url, of }) => {
      const ports = open[of];
      const port = portOf(url);
      if (port === undefined || ports.includes(port)) return [];
      const problem = `${field} is at port ${port}, which networkPolicies of BackupOperator keeps closed: write ${of}: [${[...ports, port].join(', ')}] there.`;
      return [{ construct, problem }];
    });
  };

function urlsIn(
  constructs: readonly IConstruct[],
  { namespace, jobNamespace }: { namespace: string; jobNamespace: string },
): Named[] {
  const ofConfigs = configsOf(constructs, namespace).flatMap(({ construct, settings }): Named[] => {
    const { s3BackupConfig, s3ServiceConfig, notify } = settings;
    return [
      ...Object.entries({ s3BackupConfig, s3ServiceConfig }).flatMap(([system, s3]): Named[] =>
        s3 ? [{ construct, field: `${system}.s3Host`, url: s3.s3Host, of: 's3Ports' }] : [],
      ),
      ...Object.entries(notify ?? {}).map(
        ([event, url]): Named => ({ construct, field: `notify.${event}`, url, of: 'operatorPorts' }),
      ),
    ];
  });
  const ofBuckets = constructs
    .filter((construct) => construct instanceof BackupBucket)
    .filter((bucket) => bucket.jobNamespace === jobNamespace)
    .flatMap((construct): Named[] => [
      { construct, field: 's3.s3Host', url: construct.props.s3.s3Host, of: 's3Ports' },
      {
        construct,
        field: 'admin.endpoint',
        url: construct.props.admin.endpoint ?? construct.props.s3.s3Host,
        of: 's3Ports',
      },
    ]);
  return [...ofConfigs, ...ofBuckets];
}

/** The port of a URL; of a host name that of https. */
function portOf(text: string): number | undefined {
  const url = urlOf(text);
  if (!URL.canParse(url)) return undefined;
  const { protocol, port } = new URL(url);
  return port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port);
}
