import { playRandomHistories } from './random-histories';

test('no run is lost, doubled or falsified in random histories', () => playRandomHistories(2), 3_600_000);
