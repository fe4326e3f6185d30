import { consistencyOf } from '../../src/operator/consistency';
import { item } from './fixtures';

test.each([
  [['Application', 'Live', 'PointInTime'], 'Live'],
  [['Application', 'PointInTime'], 'PointInTime'],
  [['Application'], 'Application'],
  [[undefined], undefined],
] as const)('copies that are %j are together %p', (each, together) => {
  expect(consistencyOf(each.map((consistency) => item('a', { consistency })))).toBe(together);
});
