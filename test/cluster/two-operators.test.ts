import type { Cluster } from '../../demo/cluster';
import { apply, OPERATOR_NAMESPACE, synthesiseAnew, waitForDeployments } from '../../demo/deploy';
import { runOnce } from '../../demo/round';
import { optionsOn } from '../../demo/scene';
import { theCluster, WIKI } from './deployment';
import { withEvidence } from './evidence';
import { leader, logOf, operators } from './on-operator';
import { Witness } from './witness';

jest.setTimeout(120_000);

const SECOND = 'service-backup-two';

let cluster: Cluster;
let witness: Witness;
/** Where the second operator is, if it may be there. */
let deployed: string | undefined;
beforeAll(async () => {
  cluster = await theCluster();
  witness = new Witness(cluster);
});
afterAll(async () => {
  witness?.stop();
  if (!cluster) return;
  if (deployed) await deploy();
  await cluster.kubectl(['delete', 'namespace', SECOND, '--ignore-not-found', '--wait=false']);
}, 60_000);

/** The demo's services, with an operator in the namespace. */
async function deploy(namespace?: string): Promise<void> {
  synthesiseAnew({ ...optionsOn(cluster, cluster.nodes[1]), namespace });
  deployed ??= namespace;
  await apply(cluster, () => {});
  deployed = namespace;
}

test('of two operators the one that was applied last works; the other says that it has no rights, and waits for them', () =>
  withEvidence(cluster, 100, async () => {
    const [first] = await operators(cluster);
    const log = async () => (await logOf(cluster, first!.metadata.name)).map(({ msg }) => msg);
    const linesBefore = (await log()).length;

    await deploy(SECOND);
    const [during] = await runOnce(cluster, [WIKI], `second-${Date.now()}`, () => {});
    const { state, lastBackup } = during!.status!;
    expect(state).toBe('Success');
    expect(witness.jobs(WIKI).filter(({ run }) => run === lastBackup!.run)).toHaveLength(1);

    const said = (await log()).slice(linesBefore);
    expect(said).toEqual([expect.stringMatching(/^not ready: this operator waits for its rights \(.*/)]);
    expect(await operators(cluster)).toEqual([]);
    expect((await leader(cluster))?.name).toBe(first!.metadata.name);

    await deploy();
    await waitForDeployments(cluster, [OPERATOR_NAMESPACE], 40, () => {});
    expect((await log()).slice(linesBefore + 1)).toEqual(['rights and kinds are there again']);
    expect((await operators(cluster))[0]).toMatchObject({ metadata: { name: first!.metadata.name } });
  }));
