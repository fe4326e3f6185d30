import { decodeReportLine, encodeReportLine, type ReportLine, showKey } from '../../src/api';

test('a line is read as it was printed', () => {
  const line: ReportLine = {
    type: 'result',
    state: 'Failed',
    reason: 'NoSuchSnapshot',
    message: 'None, in\n"words".',
  };
  expect(encodeReportLine(line)).toMatch(/^\{.*\}\n$/);
  expect(decodeReportLine(encodeReportLine(line).trimEnd())).toEqual(line);
});

test('a key is shown as it is, but for what would move the cursor or break the line', () => {
  expect(showKey("été/it's\u001b[2Ja\nb\u202e")).toBe("'été/it's\\u{1b}[2Ja\\u{a}b\\u{202e}'");
});

test.each(['', 'retention: 3 kept', '{"type":"snap', '{"type":"other"}', '{"no":"type"}', '[1]', 'null'])(
  'what else is in a log is passed over: %s',
  (line) => {
    expect(decodeReportLine(line)).toBeUndefined();
  },
);
