import {
  CONTRACT_VERSION,
  decodeOutcome,
  encodeOutcome,
  type ItemOutcome,
  MAX_ITEMS_PER_GROUP,
  type Outcome,
  REASONS,
  type Reason,
  TERMINATION_MESSAGE_BYTES,
} from '../../src/api';

const figures = {
  bytes: 1_000,
  bytesAdded: 10,
  files: 7,
  filesNew: 1,
  filesChanged: 2,
  filesUnmodified: 4,
  seconds: 3,
};
const success: ItemOutcome = { state: 'Success', snapshot: '6740aaa6e1f2a3b4', ...figures };
const outcome: Outcome = { version: CONTRACT_VERSION, repository: 'abc123', items: [success] };

const size = (text: string) => Buffer.byteLength(text);
const longestReason = (Object.keys(REASONS) as Reason[]).reduce((a, b) => (b.length > a.length ? b : a));

test.each<[string, Outcome]>([
  ['a success', outcome],
  [
    'a warning with its message',
    {
      ...outcome,
      items: [{ ...success, state: 'Warning', reason: 'UnreadableFiles', message: '3 files of »ä« "x"\n' }],
    },
  ],
  [
    'a failure of one item beside a success',
    { ...outcome, items: [success, { state: 'Failed', reason: 'VolumeNotStaged', message: 'Not mounted.' }] },
  ],
  [
    'a failure before any item',
    {
      version: CONTRACT_VERSION,
      items: [],
      failure: { reason: 'WrongPassword', message: 'The password does not open it.' },
    },
  ],
  ['what retention did', { ...outcome, retention: { kept: 20, forgotten: 1 } }],
  [
    'why retention failed',
    {
      ...outcome,
      retention: { kept: 0, forgotten: 0, failure: { reason: 'RetentionFailed', message: 'A lock.' } },
    },
  ],
  [
    'what one that was killed had told so far',
    { version: CONTRACT_VERSION, partial: true, repository: 'abc123', items: [success] },
  ],
  [
    'items that were done before the repository failed',
    { ...outcome, failure: { reason: 'StorageNotAnswering', message: 'It hangs.' } },
  ],
  ['that there is a recovery key', { ...outcome, recoveryKey: true }],
  ['that there is none', { ...outcome, recoveryKey: false }],
  [
    'a check that found nothing, and what a prune freed',
    { ...outcome, items: [], check: {}, prune: { freed: 7 } },
  ],
  [
    'a check that found damage, and a prune that was refused',
    {
      ...outcome,
      items: [],
      check: { failure: { reason: 'RepositoryDamaged', message: 'Pack 1 is not whole.' } },
      prune: { freed: 0, failure: { reason: 'PruneFailed', message: 'The repository is damaged.' } },
    },
  ],
  ['what people should know of', { ...outcome, notes: ['A lock was removed.', 'Another, too.'] }],
  ['no item', { version: CONTRACT_VERSION, items: [] }],
])('%s arrives as it was sent', (_, sent) => {
  expect(decodeOutcome(encodeOutcome(sent))).toEqual(sent);
});

describe('a termination message holds 4096 bytes', () => {
  const huge = (message: string): Outcome => ({
    version: CONTRACT_VERSION,
    repository: 'f'.repeat(64),
    items: Array.from({ length: MAX_ITEMS_PER_GROUP }, () => ({
      state: 'Failed' as const,
      reason: longestReason,
      message,
      snapshot: 'f'.repeat(64),
      bytes: 2 ** 50,
      bytesAdded: 2 ** 50,
      files: 2 ** 40,
      filesNew: 2 ** 40,
      filesChanged: 2 ** 40,
      filesUnmodified: 2 ** 40,
      seconds: 86_400,
    })),
    retention: {
      kept: 99_999,
      forgotten: 99_999,
      failure: { reason: longestReason, message },
    },
    recoveryKey: true,
    failure: { reason: longestReason, message },
    check: { failure: { reason: longestReason, message } },
    prune: { freed: 2 ** 50, failure: { reason: longestReason, message } },
    notes: Array.from({ length: 20 }, () => message),
  });

  test.each([
    ['plain text', 'x'.repeat(5000)],
    ['text of four bytes a character', '😀'.repeat(2500)],
    ['text that JSON escapes', '"\\\n\u0001'.repeat(2000)],
    ['no text', ''],
  ])('20 items with %s keep state, reason, snapshot and figures', (_, message) => {
    const sent = huge(message);
    const encoded = encodeOutcome(sent);
    expect(size(encoded)).toBeLessThanOrEqual(TERMINATION_MESSAGE_BYTES);

    const received = decodeOutcome(encoded);
    expect(received?.repository).toBe(sent.repository);
    expect(received?.items).toHaveLength(MAX_ITEMS_PER_GROUP);
    received?.items.forEach((item, at) => {
      const { message: _text, snapshot, ...rest } = sent.items[at]!;
      expect(item).toMatchObject(rest);
      expect(snapshot!.startsWith(item.snapshot!)).toBe(true);
    });
    expect(received?.retention).toMatchObject({ kept: 99_999, failure: { reason: longestReason } });
    expect(received?.check?.failure?.reason).toBe(longestReason);
    expect(received?.prune).toMatchObject({ freed: 2 ** 50, failure: { reason: longestReason } });
  });

  test('messages are cut only as far as they must, and show it', () => {
    const message = 'y'.repeat(2000);
    const items = Array.from({ length: 3 }, () => ({ ...success, state: 'Warning' as const, message }));
    const received = decodeOutcome(encodeOutcome({ ...outcome, items }));
    for (const item of received!.items) expect(item.message).toMatch(/^y{1000,1023}…$/);
  });

  test('the longest messages are cut first: one that is short stays whole beside 19 that are long', () => {
    const items = Array.from({ length: MAX_ITEMS_PER_GROUP }, (_, at) => ({
      ...success,
      state: 'Warning' as const,
      message: at === 7 ? 'ten words' : 'z'.repeat(900),
    }));
    const encoded = encodeOutcome({ ...outcome, items });
    expect(size(encoded)).toBeGreaterThan(TERMINATION_MESSAGE_BYTES - 100);
    expect(decodeOutcome(encoded)?.items[7]?.message).toBe('ten words');
  });

  test('a long failure is cut, not lost', () => {
    const failure = { reason: longestReason, message: '😀'.repeat(4000) };
    const encoded = encodeOutcome({ version: CONTRACT_VERSION, items: [], failure });
    expect(size(encoded)).toBeLessThanOrEqual(TERMINATION_MESSAGE_BYTES);
    expect(decodeOutcome(encoded)?.failure?.reason).toBe(longestReason);
  });
});

describe('what is no whole outcome is no outcome: nobody may guess how a Job ended', () => {
  const wire = (change: (wire: Record<string, unknown>) => void) => {
    const parsed = JSON.parse(encodeOutcome({ ...outcome, retention: { kept: 1, forgotten: 0 } })) as Record<
      string,
      unknown
    >;
    change(parsed);
    return JSON.stringify(parsed);
  };
  const item = (change: (entry: unknown[]) => void) =>
    wire((w) => {
      change((w.i as unknown[][])[0]!);
    });

  test.each([
    ['nothing', ''],
    ['words', 'panic: runtime error'],
    ['null', 'null'],
    ['a number', '1'],
    ['a list', '[]'],
    ['an empty object', '{}'],
    ['a newer version', wire((w) => Object.assign(w, { v: CONTRACT_VERSION + 1 }))],
    ['no version', wire((w) => delete w.v)],
    ['no items', wire((w) => delete w.i)],
    ['an item that is none', wire((w) => Object.assign(w, { i: [null] }))],
    ['an item without figures', item((entry) => entry.splice(3))],
    ['a state that is unknown', item((entry) => Object.assign(entry, { 0: 'X' }))],
    ['a reason that is unknown', item((entry) => Object.assign(entry, { 1: 'Whatever' }))],
    [
      'a state named like a member of every object',
      item((entry) => Object.assign(entry, { 0: 'constructor' })),
    ],
    ['a failure without a reason', wire((w) => Object.assign(w, { f: ['', 'text'] }))],
    ['a failure that is none', wire((w) => Object.assign(w, { f: 7 }))],
    ['a failure that is null', wire((w) => Object.assign(w, { f: null }))],
    ['a retention that is none', wire((w) => Object.assign(w, { t: null }))],
    ['a retention without numbers', wire((w) => Object.assign(w, { t: ['many', 'few'] }))],
    [
      'a retention that failed for no known reason',
      wire((w) => Object.assign(w, { t: [1, 0, 'Whatever', ''] })),
    ],
    ['a check that is none', wire((w) => Object.assign(w, { c: 'fine' }))],
    ['a check that failed for no known reason', wire((w) => Object.assign(w, { c: ['Whatever', ''] }))],
    ['a prune without a number', wire((w) => Object.assign(w, { u: [] }))],
    ['a figure that is no whole number', item((entry) => Object.assign(entry, { 3: [0.5] }))],
    ['a figure below zero', item((entry) => Object.assign(entry, { 3: [-1] }))],
    ['a figure that status does not take', item((entry) => Object.assign(entry, { 3: [1e308] }))],
    ['a message that is no text', item((entry) => Object.assign(entry, { 4: { words: 1 } }))],
    ['a snapshot that is no text', item((entry) => Object.assign(entry, { 2: 7 }))],
    ['a snapshot longer than any id', item((entry) => Object.assign(entry, { 2: 'a'.repeat(65) }))],
    ['a repository longer than any id', wire((w) => Object.assign(w, { r: 'a'.repeat(65) }))],
    ['a repository that is no text', wire((w) => Object.assign(w, { r: 7 }))],
  ])('%s', (_, message) => {
    expect(decodeOutcome(message)).toBeUndefined();
  });

  test('a message that was cut anywhere', () => {
    const whole = encodeOutcome({ ...outcome, items: [success, { ...success, message: 'ä' }] });
    for (let length = 0; length < whole.length; length++) {
      expect(decodeOutcome(whole.slice(0, length))).toBeUndefined();
    }
  });
});
