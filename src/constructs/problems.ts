import type { IConstruct } from 'constructs';

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

/**
 * cdk8s prints what validations return with its own heading and brackets. A validation of the root that throws is handed on as
 * it is: that is how the app's problems get their count and the form `path: sentence`. Those of foreign constructs are in it.
 */
function searchesOf(root: IConstruct): Set<AcrossApp> {
  const holder = root as IConstruct & { [REPORTED]?: Set<AcrossApp> };
  const known = holder[REPORTED];
  if (known) return known;
  const searches = new Set<AcrossApp>();
  Object.defineProperty(root, REPORTED, { value: searches });
  let underWay = false;
  // The app that had no problem. A synthesis is one synchronous go, in which cdk8s asks once for every chart.
  let clean = '';
  root.node.addValidation({
    validate: () => {
      if (underWay) return [];
      const constructs = root.node.findAll();
      const app = `${constructs.length} constructs, ${searches.size} searches`;
      if (clean === app) return [];
      underWay = true;
      try {
        const lines = problemsOf(constructs, searches);
        if (lines.length > 0) throw new Error(`${heading(lines.length)}\n${lines.join('\n')}`);
      } finally {
        underWay = false;
      }
      clean = app;
      Promise.resolve().then(() => {
        clean = '';
      });
      return [];
    },
  });
  return searches;
}

/** In the order in which the constructs were made. */
function problemsOf(constructs: IConstruct[], searches: Set<AcrossApp>): string[] {
  const own = constructs.flatMap((construct) =>
    construct.node.validate().map((problem) => ({ construct, problem })),
  );
  const shared = [...searches].flatMap((search) => search(constructs));
  const found = [...own, ...shared];
  if (found.length === 0) return [];
  const order = new Map(constructs.map((construct, at) => [construct, at]));
  const place = ({ construct }: Found) => order.get(construct) ?? constructs.length;
  return found
    .sort((a, b) => place(a) - place(b))
    .map(({ construct, problem }) => `${construct.node.path}: ${problem}`);
}

const heading = (count: number): string =>
  count === 1 ? '1 problem in this app:' : `${count} problems in this app:`;
