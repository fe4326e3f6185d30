import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { BackupOperator, type BackupOperatorProps } from 'service-backup';
import { podTemplateName, ROLES, type Role } from '../../src/api';
import { type Manifest, manifests, one } from './app';
import { built } from './built';

beforeAll(built, 60_000);

function operator(props: BackupOperatorProps = {}): Manifest[] {
  const app = new App();
  new BackupOperator(new Chart(app, 'backups'), 'operator', props);
  return manifests(app);
}
const ofOperator = (all: Manifest[]) => one(all, 'Deployment').spec.template.spec;
const ofJobs = (all: Manifest[], role: Role) => one(all, 'PodTemplate', podTemplateName(role)).template.spec;
/** A field of the operator's pod, and of the Jobs' of each role. */
const everywhere = (props: BackupOperatorProps, field: string) => {
  const all = operator(props);
  const jobs = ROLES.map((role) => [role, ofJobs(all, role)[field]]);
  return Object.fromEntries([['operator', ofOperator(all)[field]], ...jobs]);
};

test('what the Deployment tells the operator, the operator asks for', () => {
  const program = readFileSync(join(__dirname, '../../src/operator/main.ts'), 'utf8');
  const { env } = ofOperator(operator()).containers[0];
  const names: string[] = env.map(({ name }: { name: string }) => name);
  expect(names).toEqual(['POD_NAMESPACE', 'POD_NAME', 'JOB_NAMESPACE', 'KUBELET_DIRECTORY', 'LOG_LEVEL']);
  for (const name of names) expect(program).toContain(`env.${name}`);
});

test("the kubelet's directory is that of Kubernetes, or what is named: for the operator and for the fence alike", () => {
  const told = (props?: BackupOperatorProps) => {
    const all = operator(props);
    const { env } = ofOperator(all).containers[0];
    const { variables } = one(all, 'ValidatingAdmissionPolicy', 'service-backup-jobs-mover').spec;
    return [
      env.find(({ name }: Manifest['metadata']) => name === 'KUBELET_DIRECTORY').value,
      variables.find(({ name }: Manifest['metadata']) => name === 'kubelet').expression,
    ];
  };
  expect(told()).toEqual(['/var/lib/kubelet', "'/var/lib/kubelet'"]);
  const kubeletDirectory = '/var/snap/microk8s/common/var/lib/kubelet';
  expect(told({ kubeletDirectory })).toEqual([kubeletDirectory, `'${kubeletDirectory}'`]);
});

test('images are pulled with the Secrets that are named, for every pod', () => {
  const pullSecrets = ['registry', 'mirror'];
  const names = [{ name: 'registry' }, { name: 'mirror' }];
  expect(everywhere({ images: { pullSecrets } }, 'imagePullSecrets')).toEqual({
    operator: names,
    mover: names,
    restore: names,
    maintenance: names,
    bucket: names,
  });
});

test('who runs anywhere runs where it is told; who reads or writes volumes goes where they are', () => {
  const tolerations = [{ key: 'dedicated', value: 'infra', effect: 'NoSchedule' }];
  const props = { nodeSelector: { pool: 'infra' }, tolerations };
  expect(everywhere(props, 'nodeSelector')).toEqual({
    operator: { pool: 'infra' },
    maintenance: { pool: 'infra' },
    bucket: { pool: 'infra' },
  });
  const { mover, restore } = everywhere({}, 'tolerations');
  expect(everywhere(props, 'tolerations')).toEqual({
    operator: [...ofOperator(operator()).tolerations, ...tolerations],
    mover,
    restore,
    maintenance: tolerations,
    bucket: tolerations,
  });
});

test('the operator and its Jobs have a priority each', () => {
  const props = { priorityClassName: 'important', jobs: { priorityClassName: 'patient' } };
  expect(everywhere(props, 'priorityClassName')).toEqual({
    operator: 'important',
    mover: 'patient',
    restore: 'patient',
    maintenance: 'patient',
    bucket: 'patient',
  });
});

test('each container of a Job asks for the same, within the same limits', () => {
  const asked = (props?: BackupOperatorProps) => {
    const all = operator(props);
    const pods = ROLES.map((role) => ofJobs(all, role));
    const containers = pods.flatMap((pod) => [...pod.initContainers, ...pod.containers]);
    return [...new Set(containers.map(({ resources }) => JSON.stringify(resources)))].map((text) =>
      JSON.parse(text),
    );
  };
  expect(asked()).toEqual([{ requests: { cpu: '50m', memory: '256Mi' } }]);
  expect(asked({ jobs: { resources: { cpuLimit: '2', memoryRequest: '1Gi', memoryLimit: '4Gi' } } })).toEqual(
    [{ requests: { cpu: '50m', memory: '1Gi' }, limits: { cpu: '2', memory: '4Gi' } }],
  );
});

test('the SELinux label is that of the pods with volumes alone', () => {
  const seLinuxOptions = { type: 'spc_t' };
  const { operator, mover, restore, maintenance, bucket } = everywhere(
    { jobs: { seLinuxOptions } },
    'securityContext',
  );
  expect([mover.seLinuxOptions, restore.seLinuxOptions]).toEqual([seLinuxOptions, seLinuxOptions]);
  expect(operator).not.toHaveProperty('seLinuxOptions');
  expect(maintenance).not.toHaveProperty('seLinuxOptions');
  expect(bucket).not.toHaveProperty('seLinuxOptions');
});

test('the operator logs its decisions, or as much as is asked for', () => {
  const level = (props?: BackupOperatorProps) => ofOperator(operator(props)).containers[0].env.at(-1).value;
  expect([level(), level({ logLevel: 'warn' })]).toEqual(['info', 'warn']);
});

describe('NetworkPolicies', () => {
  const policies = (networkPolicies: BackupOperatorProps['networkPolicies']) =>
    operator({ networkPolicies }).filter(({ kind }) => kind === 'NetworkPolicy');
  const to = ({ spec }: Manifest) => {
    const [rule, ...others] = spec.egress;
    expect([Object.keys(rule), others]).toEqual([['ports'], []]);
    return rule.ports.map(({ protocol, port }: { protocol: string; port: number }) => `${protocol} ${port}`);
  };
  const DNS = ['UDP 53', 'TCP 53', 'UDP 5353', 'TCP 5353'];

  test('do not come unasked', () => {
    expect([undefined, false].flatMap(policies)).toEqual([]);
  });

  test('leave the operator its metrics, names and the API server; and Jobs names and S3', () => {
    const [forOperator, forJobs] = policies(true) as [Manifest, Manifest];
    const pod = one(operator(), 'Deployment').spec.template;
    expect(forOperator.metadata.namespace).toBe('service-backup');
    expect(forOperator.spec).toMatchObject({
      podSelector: { matchLabels: pod.metadata.labels },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: [{ protocol: 'TCP', port: pod.spec.containers[0].ports[0].name }] }],
    });
    expect(to(forOperator)).toEqual([...DNS, 'TCP 443', 'TCP 6443']);
    expect(forJobs.metadata.namespace).toBe('service-backup-jobs');
    expect(forJobs.spec).toMatchObject({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    expect(forJobs.spec).not.toHaveProperty('ingress');
    expect(to(forJobs)).toEqual([...DNS, 'TCP 443']);
  });

  test('open the ports that are named', () => {
    const [forOperator, forJobs] = policies({ operatorPorts: [16_443], s3Ports: [443, 9000] });
    expect(to(forOperator!)).toEqual([...DNS, 'TCP 16443']);
    expect(to(forJobs!)).toEqual([...DNS, 'TCP 443', 'TCP 9000']);
  });
});

describe('without the fence', () => {
  function synthesised(props: BackupOperatorProps): { kinds: string[]; said: string[] } {
    const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      const app = new App();
      new Chart(app, 'services');
      new BackupOperator(new Chart(app, 'backups'), 'operator', props);
      const kinds = manifests(app).map(({ kind }) => kind);
      return { kinds, said: stderr.mock.calls.map(([text]) => String(text)) };
    } finally {
      stderr.mockRestore();
    }
  }

  test('there is no policy, and the synthesis says once what that means', () => {
    const { kinds, said } = synthesised({ fence: false });
    expect(kinds.filter((kind) => kind.startsWith('ValidatingAdmission'))).toEqual([]);
    expect(said).toEqual([
      'Warning: backups/operator: fence is false: nothing keeps whoever has the token of the operator from every Secret in the Job namespace, nor from all that is on the nodes; use Kubernetes 1.30 or newer, and leave it out.\n',
    ]);
  });

  test('and with it, nothing is said', () => {
    expect(synthesised({}).said).toEqual([]);
  });
});
