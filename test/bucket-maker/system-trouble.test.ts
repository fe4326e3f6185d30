import { troubleOfAnswer, troubleOfError } from '../../src/bucket-maker/system-trouble';

const AT = 'The S3 system https://s3.example.net';
const DOING = 'making the bucket wiki';
const answered = (status: number, body: string, date?: string) => {
  const { message, hopeless } = troubleOfAnswer({ status, body, date, sent: 0 }, AT, DOING);
  return { message, hopeless };
};
const error = (code: string) => `<Error><Code>${code}</Code></Error>`;

test.each([
  [
    'an answer without words of S3',
    404,
    '<html>',
    `${AT} cannot be reached: it answered 404 when ${DOING}. `,
    false,
  ],
  [
    'words of S3 that nobody knows',
    400,
    error('Odd'),
    `${AT} refused it: it answered 400 (Odd) when ${DOING}. `,
    true,
  ],
  ['a full disk', 507, error('X'), `${AT} refused it: it answered 507 (X)`, true],
  ['no bucket', 404, error('NoSuchBucket'), `${AT} refused it: it answered 404 (NoSuchBucket)`, true],
  [
    'a fault of its own',
    500,
    error('InternalError'),
    `${AT} answers with errors of its own: it answered 500`,
    false,
  ],
  [
    'a missing right',
    403,
    error('AccessDenied'),
    `${AT} does not let the administrator do it: it answered 403`,
    true,
  ],
  [
    'a wrong region',
    400,
    error('AuthorizationHeaderMalformed'),
    `${AT} does not accept the administrator's signature`,
    true,
  ],
  [
    'another time, which it does not say',
    403,
    error('RequestTimeTooSkewed'),
    `${AT} has another time than the node of this Job (it does not say which), and refused the request when ${DOING}. Set the clocks by NTP.`,
    false,
  ],
])('%s', (_, status, body, message, hopeless) => {
  expect(answered(status, body)).toEqual({ message: expect.stringContaining(message), hopeless });
});

test('a clock that is behind is told, too', () => {
  const body = error('RequestTimeTooSkewed');
  expect(answered(403, body, new Date(20 * 60_000).toUTCString()).message).toContain('20 minutes behind');
});

test.each([
  ['ECONNREFUSED', 'cannot be reached: word, when', false],
  ['ECONNRESET', 'does not answer: word, when', false],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'is not trusted: word, when', true],
])('%s', (code, message, hopeless) => {
  expect(troubleOfError(Object.assign(new Error('word'), { code }), AT, DOING)).toMatchObject({
    message: expect.stringContaining(`${AT.slice(4)} ${message} ${DOING}.`),
    hopeless,
  });
});
