import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { alertsFile } from '../../scripts/alerts';
import { ALERTS } from '../../src/constructs/alerts';
import { metricsOf } from '../../src/operator/metrics';

const DOCS = join(__dirname, '../../docs');
const page = readFileSync(join(DOCS, 'monitoring.md'), 'utf8');
const exported = [
  ...metricsOf(
    () => [],
    () => true,
  ),
].flatMap((text) => /# TYPE (\S+)/.exec(text)?.[1] ?? []);
const OPERATOR_PODS =
  '`kubectl get pods -A -l app.kubernetes.io/name=service-backup,app.kubernetes.io/component=operator`';
const metricsIn = (text: string): string[] => text.match(/\bservice_backup_\w+/g) ?? [];

test('every metric that an alert asks for is exported by the operator', () => {
  const asked = new Set(ALERTS.rules.flatMap(({ expr }) => metricsIn(expr)));
  expect(asked.size).toBeGreaterThan(5);
  expect([...asked].filter((metric) => !exported.includes(metric))).toEqual([]);
});

test.each(ALERTS.rules)('$alert says what is wrong, and where to look', ({ expr, annotations }) => {
  const { summary, description, runbook } = annotations;
  const name = '{{ $labels.namespace }}/{{ $labels.name }}';
  expect(summary.replaceAll(name, 'wiki/backup')).toMatch(/^[A-Z][^.]*\.$/);
  expect(summary.includes(name)).toBe(expr.includes('by (cluster, namespace, name)'));
  const commands = description.match(/`[^`]+`/g) ?? [];
  expect([`\`service-backup status ${name}\``, OPERATOR_PODS]).toContain(commands[0]);
  expect(existsSync(join(DOCS, '..', runbook))).toBe(true);
});

test('names of alerts are unique', () => {
  const names = ALERTS.rules.map(({ alert }) => alert);
  expect(new Set(names).size).toBe(names.length);
});

test('docs/alerts.yaml is what the code says: `npx tsx scripts/alerts.ts` makes it anew', () => {
  expect(readFileSync(join(DOCS, 'alerts.yaml'), 'utf8')).toBe(alertsFile());
});

test('docs/monitoring.md has a row for every metric and every alert, with its severity, and for nothing else', () => {
  const rows = (start: string) =>
    page
      .split('\n')
      .flatMap((line) => (line.startsWith(`| \`${start}`) ? [line.split('|').slice(1, 3)] : []));
  const cells = (start: string) =>
    rows(start).map((row) => row.map((cell) => cell.replaceAll('`', '').trim()));
  expect(
    cells('service_backup_')
      .map(([metric]) => metric)
      .sort(),
  ).toEqual([...exported].sort());
  expect(cells('ServiceBackup')).toEqual(ALERTS.rules.map(({ alert, labels }) => [alert, labels.severity]));
});
