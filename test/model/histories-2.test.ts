import { playRandomHistories } from './random-histories';

test('no run is lost, doubled or falsified in random histories', playRandomHistories, 600_000);
