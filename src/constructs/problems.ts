import type { IConstruct } from 'constructs';

const REPORTED = Symbol.for('service-backup.problems');

/** A problem, and the construct that has it. */
export interface Found {
  construct: IConstruct;
  problem: string;
}

/** Finds problems that no construct sees alone, e.g. a bucket that two of them name. */
type AcrossApp = (constructs: IConstruct[]) => Found[];

/**
 * Makes a construct's mistakes fail the synthesis, all of them at once. `problems` was found when the construct was made, since
 * cdk8s validates the whole app again for every chart.
 */
export function report(construct: IConstruct, problems: string[], acrossApp?: AcrossApp): void {
  if (problems.length > 0) construct.node.addValidation({ validate: () => problems });
  const root = construct.node.root;
  const searches = searchesOf(root);
  if (acrossApp) searches.add(acrossApp);
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
  root.node.addValidation({
    validate: () => {
      if (underWay) return [];
      underWay = true;
      try {
        const lines = problemsOf(root, searches);
        if (lines.length === 0) return [];
        throw new Error(`${heading(lines.length)}\n${lines.join('\n')}`);
      } finally {
        underWay = false;
      }
    },
  });
  return searches;
}

function problemsOf(root: IConstruct, searches: Set<AcrossApp>): string[] {
  const constructs = root.node.findAll();
  const own = constructs.flatMap((construct) =>
    construct.node.validate().map((problem) => ({ construct, problem })),
  );
  const shared = [...searches].flatMap((search) => search(constructs));
  return [...own, ...shared].map(({ construct, problem }) => `${construct.node.path}: ${problem}`);
}

const heading = (count: number): string =>
  count === 1 ? '1 problem in this app:' : `${count} problems in this app:`;
