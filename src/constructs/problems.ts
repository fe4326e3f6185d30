import type { IConstruct } from 'constructs';
import { warningsIn } from './warnings';

const REPORTED = Symbol.for('service-backup.problems');

/** A problem, and the construct that has it. */
export interface Found {
  construct: IConstruct;
  problem: string;
}

/** Finds problems that can be seen only when all of the app is there, e.g. a bucket that two constructs name. */
export type AcrossApp = (constructs: IConstruct[]) => Found[];

/**
 * Makes a construct's mistakes fail the synthesis, all of them at once. `problems` was found when the construct was made, since
 * cdk8s validates the whole app again for every chart.
 */
export function report(construct: IConstruct, problems: string[], acrossApp?: AcrossApp): void {
  if (problems.length > 0) construct.node.addValidation({ validate: () => problems });
  reportAcross(construct.node.root, acrossApp);
}

/** Makes what a search through the app finds fail its synthesis, once for each search. */
export function reportAcross(root: IConstruct, search?: AcrossApp): void {
  const searches = searchesOf(root);
  if (search) searches.add(search);
}

/** What an app's root knows of the search through it. */
interface Reported {
  readonly searches: Set<AcrossApp>;
  underWay: boolean;
}

const reportedAt = (root: IConstruct): Reported | undefined =>
  (root as IConstruct & { [REPORTED]?: Reported })[REPORTED];

/**
 * cdk8s prints what validations return with its own heading and brackets. A validation of the root that throws is handed on as
 * it is: that is how the app's problems get their count and the form `path: sentence`. Those of foreign constructs are in it.
 */
function searchesOf(root: IConstruct): Set<AcrossApp> {
  const known = reportedAt(root);
  if (known) return known.searches;
  const reported: Reported = { searches: new Set(), underWay: false };
  Object.defineProperty(root, REPORTED, { value: reported });
  // The app that had no problem. A synthesis is one synchronous go, in which cdk8s asks once for every chart.
  let clean = '';
  root.node.addValidation({
    validate: () => {
      if (reported.underWay) return [];
      const app = `${root.node.findAll().length} constructs, ${reported.searches.size} searches`;
      if (clean === app) return [];
      const lines = problemsIn(root).map(({ construct, problem }) => `${construct.node.path}: ${problem}`);
      if (lines.length > 0) throw new Error(`${heading(lines.length)}\n${lines.join('\n')}`);
      for (const { construct, warning } of warningsIn(root))
        process.stderr.write(`Warning: ${construct.node.path}: ${warning}\n`);
      clean = app;
      Promise.resolve().then(() => {
        clean = '';
      });
      return [];
    },
  });
  return reported.searches;
}

/** Every problem of an app, in the order in which the constructs were made. */
export function problemsIn(root: IConstruct): Found[] {
  const reported = reportedAt(root) ?? { searches: new Set<AcrossApp>(), underWay: false };
  const constructs = root.node.findAll();
  reported.underWay = true;
  try {
    const own = constructs.flatMap((construct) =>
      construct.node.validate().map((problem) => ({ construct, problem })),
    );
    const found = [...own, ...[...reported.searches].flatMap((search) => search(constructs))];
    if (found.length === 0) return [];
    const order = new Map(constructs.map((construct, at) => [construct, at]));
    const place = ({ construct }: Found) => order.get(construct) ?? constructs.length;
    return found.sort((a, b) => place(a) - place(b));
  } finally {
    reported.underWay = false;
  }
}

const heading = (count: number): string =>
  count === 1 ? '1 problem in this app:' : `${count} problems in this app:`;
