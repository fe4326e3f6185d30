import { type Handover, nextStep, type Observed, type ReclaimPolicy } from '../../src/cli/handover';

const from = { namespace: 'jobs', name: 'restore-1' };
const to = { namespace: 'wiki', name: 'data-restored' };
const handover: Handover = { from, to, policy: 'Delete' };

type Volume = NonNullable<Observed['volume']>;
const volume = (changes: Partial<Volume> = {}): Volume => ({
  name: 'pv-1',
  policy: 'Retain',
  claim: { ...from, uid: 'uid-from' },
  noted: true,
  deleting: false,
  ...changes,
});
const seen = (changes: Partial<Observed>): Observed => ({
  volume: volume(),
  pods: [],
  attachedTo: [],
  ...changes,
});
const temporary = { deleting: false };
const given = (changes: Partial<Volume> = {}) => volume({ claim: { ...to, uid: 'uid-to' }, ...changes });
const bound = { uid: 'uid-to', volume: 'pv-1', bound: true };

describe('the next step of a hand-over', () => {
  test.each<[string, Observed, string]>([
    [
      'a volume that would be deleted with its claim is kept before anything else',
      seen({ volume: volume({ policy: 'Delete', noted: false }), temporary, job: 'restore-1', pods: ['p'] }),
      'keep-volume',
    ],
    [
      'a volume that is kept anyway is noted, so that another call can go on',
      seen({ volume: volume({ noted: false }), temporary }),
      'keep-volume',
    ],
    [
      'the Job goes when the volume is safe',
      seen({ temporary, job: 'restore-1', pods: ['p'] }),
      'delete-job',
    ],
    ['its pod is waited for', seen({ temporary, pods: ['p'] }), 'wait: pod p to be gone'],
    [
      'the detachment is waited for',
      seen({ temporary, attachedTo: ['node-2'] }),
      'wait: volume pv-1 to be detached from node-2',
    ],
    ['then the temporary claim goes', seen({ temporary }), 'delete-temporary-claim'],
    [
      'its end is waited for',
      seen({ temporary: { deleting: true } }),
      'wait: temporary claim jobs/restore-1 to be gone',
    ],
    ['then the volume is given to the name that was asked for', seen({}), 'give-volume'],
    [
      'a volume whose claim was taken off by hand is given, too',
      seen({ volume: volume({ claim: undefined }) }),
      'give-volume',
    ],
    ['the claim is created for the volume', seen({ volume: volume({ claim: to }) }), 'create-target-claim'],
    [
      'the binding is waited for',
      seen({ volume: volume({ claim: to }), target: { ...bound, bound: false } }),
      'wait: claim wiki/data-restored to be bound to volume pv-1',
    ],
    [
      'a claim bound to a volume that names another claim of that name is not the end',
      seen({ volume: volume({ claim: { ...to, uid: 'an-older-one' } }), target: bound }),
      'wait: claim wiki/data-restored to be bound to volume pv-1',
    ],
    [
      'a volume given away but no longer kept is kept again',
      seen({ volume: given({ policy: 'Delete' }) }),
      'keep-volume',
    ],
    ['at last the reclaim policy is put back', seen({ volume: given(), target: bound }), 'put-policy-back'],
    [
      'the note is taken off even if somebody put the policy back',
      seen({ volume: given({ policy: 'Delete' }), target: bound }),
      'put-policy-back',
    ],
    ['then it is done', seen({ volume: given({ policy: 'Delete', noted: false }), target: bound }), 'done'],
    ['a volume that is gone ends it', seen({ volume: undefined }), 'stop: its volume is gone'],
    [
      'a volume that is being deleted ends it',
      seen({ volume: volume({ deleting: true }) }),
      'stop: its volume pv-1 is being deleted',
    ],
    [
      'a claim that somebody else made meanwhile is left alone',
      seen({ target: { uid: 'x', volume: 'pv-9', bound: true }, temporary }),
      'stop: another claim wiki/data-restored was created meanwhile: delete it, or restore under another name',
    ],
    [
      'a volume that somebody gave to a third claim is left alone',
      seen({ volume: volume({ claim: { namespace: 'x', name: 'y' } }) }),
      'stop: its volume pv-1 was given to another claim, x/y',
    ],
  ])('%s', (_, observed, expected) => {
    const step = nextStep(handover, observed);

    expect(
      [step.do, 'for' in step ? step.for : 'because' in step ? step.because : []].flat().join(': '),
    ).toBe(expected);
  });

  test('no step touches claims or Job of a volume that is not both kept and noted', () => {
    const policies: ReclaimPolicy[] = ['Delete', 'Retain', 'Recycle'];
    const yesNo = [true, false];
    const worlds = policies.flatMap((policy) =>
      yesNo.flatMap((noted) =>
        [from, to, undefined].flatMap((claim) =>
          [{ deleting: true }, { deleting: false }, undefined].flatMap((claimLeft) =>
            yesNo.map((job) =>
              seen({
                volume: volume({ policy, noted, claim: claim && { ...claim, uid: 'u' } }),
                temporary: claimLeft,
                ...(job && { job: 'restore-1' }),
              }),
            ),
          ),
        ),
      ),
    );

    const unsafe = worlds.filter(
      (world) =>
        !(world.volume?.policy === 'Retain' && world.volume.noted) &&
        nextStep(handover, world).do !== 'keep-volume',
    );

    expect(worlds).toHaveLength(108);
    expect(unsafe).toEqual([]);
  });
});
