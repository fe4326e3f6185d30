import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { ApiObject, type ApiObjectProps, App, Chart } from 'cdk8s';
import { Item, Retention, Schedule, ServiceBackup } from 'service-backup';
import { type Interval, medianInterval } from './pairs';

/**
 * Synthesis of 1,000 services in one chart beside that of the same objects as bare ApiObjects, in interleaved pairs: from the empty
 * app to the text of the YAML. Exit code 1 if a bar is missed.
 *
 *   npm run bench:synth [-- --pairs N]
 */
const BARS = { milliseconds: 1000, ratio: 2 };
const SERVICES = 1000;

const { values: flags } = parseArgs({ options: { pairs: { type: 'string', default: '15' } } });
const pairs = Number(flags.pairs);

type Fill = (chart: Chart) => void;

const asConstructs: Fill = (chart) => {
  for (let n = 0; n < SERVICES; n++) {
    new ServiceBackup(chart, `service-${n}`, {
      backupBucketName: `service-${n}-backup`,
      backups: [Item.volume('data', { exclude: ['cache/', '*.part'] }), Item.volume('config')],
      retention: Retention.gfs(),
      schedule: Schedule.daily({ hour: n % 24, minute: n % 60, timeZone: 'Europe/Berlin' }),
      metadata: { namespace: `team-${n % 100}` },
    });
  }
};

const asApiObjects =
  (manifests: ApiObjectProps[]): Fill =>
  (chart) => {
    for (const [n, manifest] of manifests.entries()) new ApiObject(chart, `object-${n}`, manifest);
  };

/** In milliseconds. */
function synthesise(fill: Fill): number {
  const began = performance.now();
  const app = new App();
  fill(new Chart(app, 'services'));
  app.synthYaml();
  return performance.now() - began;
}

/** The manifests of what `fill` declares. */
function manifestsOf(fill: Fill): ApiObjectProps[] {
  const chart = new Chart(new App(), 'services');
  fill(chart);
  return chart.toJson();
}

const verdicts: boolean[] = [];

function judge(what: string, unit: string, { median, low, high, confidence }: Interval, bar: number): void {
  const digits = unit === ' ms' ? 0 : 2;
  const held = median <= bar;
  verdicts.push(held);
  console.log(
    `  ${what}: ${median.toFixed(digits)}${unit} (at most ${bar}; ${low.toFixed(digits)}–${high.toFixed(digits)} with ${(confidence * 100).toFixed(0)} %): ${held ? 'held' : 'NOT HELD'}`,
  );
}

function main(): void {
  // The very first, with code that no one has run yet: what a person waits for once.
  const cold = synthesise(asConstructs);
  const manifests = manifestsOf(asConstructs);
  const bare = asApiObjects(manifests);
  // The order of keys differs, which is nobody's concern.
  assert.deepEqual(manifestsOf(bare), manifests, 'The two sides did not make the same objects.');
  synthesise(bare);

  const constructs: number[] = [];
  const objects: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const both = [() => constructs.push(synthesise(asConstructs)), () => objects.push(synthesise(bare))];
    // Each goes first every other time.
    for (const one of pair % 2 ? both.reverse() : both) one();
  }
  console.log(`${SERVICES} services, ${manifests.length} objects in one chart, medians of ${pairs} pairs:`);
  judge('constructs', ' ms', medianInterval(constructs), BARS.milliseconds);
  judge(
    'beside bare ApiObjects',
    '×',
    medianInterval(constructs.map((milliseconds, pair) => milliseconds / objects[pair]!)),
    BARS.ratio,
  );
  console.log(
    `  bare ApiObjects: ${medianInterval(objects).median.toFixed(0)} ms; constructs, the first time: ${cold.toFixed(0)} ms`,
  );
  process.exitCode = verdicts.every(Boolean) ? 0 : 1;
}

main();
