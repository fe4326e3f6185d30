import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** restic's own command takes locks away by host name and process id: beside a shared host name it removed that of a living backup. */
const FORBIDDEN = /unlock|remove-all/i;
const ROOT = join(__dirname, '../../src');

test("the name of restic's command that removes locks stands nowhere in the code", () => {
  const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((name) => FORBIDDEN.test(readFileSync(join(ROOT, name), 'utf8')))).toEqual([]);
});
