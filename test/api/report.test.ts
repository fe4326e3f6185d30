import { decodeReportLine, encodeReportLine, type ReportLine } from '../../src/api';

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

test.each(['', 'retention: 3 kept', '{"type":"snap', '{"type":"other"}', '{"no":"type"}', '[1]', 'null'])(
  'what else is in a log is passed over: %s',
  (line) => {
    expect(decodeReportLine(line)).toBeUndefined();
  },
);
