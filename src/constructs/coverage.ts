import type { IConstruct } from 'constructs';
import { ANNOTATION } from '../api';
import {
  type Declaration,
  type DeclaredClaim,
  declarations,
  declaredClaims,
  madeAs,
} from './declared-claims';
import { haveAll } from './labels';
import { type Found, report, reportAcross } from './problems';
import { type ObjectReference, objectOf, titleOf } from './reference';
import { ServiceBackup } from './service-backup';
import type { LeftOutClaim } from './workload-items';

/** Whether a claim is backed up. */
export interface ClaimCoverage {
  /** Name of the claim; of a StatefulSet that of the volumeClaimTemplate, which stands for the claims of all replicas. */
  readonly claim: string;
  /** Its namespace, if it is known at synth. */
  readonly namespace?: string;
  /** Name of the StatefulSet whose volumeClaimTemplate it is. */
  readonly statefulSet?: string;
  /** Path of the construct that declares it. */
  readonly path: string;
  /** 'Covered' by a ServiceBackup; 'Excluded' with a reason; 'Uncovered': nobody has thought of it. */
  readonly state: 'Covered' | 'Excluded' | 'Uncovered';
  /** Names of the ServiceBackups that cover it. */
  readonly by: readonly string[];
  /** Why it is excluded. */
  readonly because?: string;
}

/** Which claims of an app are backed up, and which were forgotten. */
// biome-ignore lint/complexity/noStaticOnlyClass: `Coverage.enforce(app)` says what it does.
export class Coverage {
  /**
   * Every claim that the app declares (as PersistentVolumeClaim of cdk8s-plus, as ApiObject, in an included file, as
   * volumeClaimTemplate of a StatefulSet), in the order of the program, and whether a ServiceBackup covers it: one of the same namespace, or
   * one of another that names it with this namespace.
   * Where charts name no namespace, objects without one count as of one namespace. It is as true as the app is complete: ask
   * when all of it is made. Prints nothing.
   */
  static report(app: IConstruct): ClaimCoverage[] {
    return coverageOf(app.node.root.node.findAll()).map(({ declared, ...coverage }) => coverage);
  }

  /**
   * Makes the synthesis of the app fail while a claim is neither covered by a ServiceBackup nor excluded with a reason: one line
   * for each, together with all other mistakes. It looks when the app is synthesised, so it may stand anywhere in the program.
   */
  static enforce(app: IConstruct): void {
    reportAcross(app.node.root, uncovered);
  }

  /**
   * Says that a claim need not be backed up, and why: `Coverage.exclude(cache, 'rebuilt on start')`. Of a StatefulSet it says so
   * of all its volumeClaimTemplates. The reason goes into the annotation servicebackup.io/not-backed-up of the object, for those
   * who look into the cluster. Selectors find the claim no more; it keeps no ServiceBackup from naming it, and one that backs up a whole
   * workload leaves claims out by `leaveOut`. An empty reason fails the synthesis.
   */
  static exclude(claim: ObjectReference, because: string): void {
    const object = objectOf(claim);
    if (!object) {
      report(claim, [
        `Coverage.exclude names the ${titleOf(claim)}, which this app does not declare: remove it, since nobody asks for it here.`,
      ]);
    } else if (!['PersistentVolumeClaim', 'StatefulSet'].includes(claim.kind)) {
      report(claim, [
        `Coverage.exclude names the ${titleOf(claim)}, which has no claim of its own: use a PersistentVolumeClaim or a StatefulSet.`,
      ]);
    } else if (because.trim() === '') {
      report(claim, [
        `Coverage.exclude gives no reason for the ${titleOf(claim)}: say why it need not be backed up.`,
      ]);
    } else {
      object.metadata.addAnnotation(ANNOTATION.notBackedUp, because);
    }
  }
}

type Judged = ClaimCoverage & { readonly declared: DeclaredClaim };

function coverageOf(constructs: readonly IConstruct[]): Judged[] {
  const byNamespace = new Map<string | undefined, Declaration[]>();
  for (const declaration of declarations(constructs).flatMap(byItems)) {
    const others = byNamespace.get(declaration.namespace);
    if (others) others.push(declaration);
    else byNamespace.set(declaration.namespace, [declaration]);
  }
  const leftOut = leftOutIn(constructs);
  return declaredClaims(constructs).map((declared) => {
    const { name: claim, namespace, statefulSet, object } = declared;
    const by = (byNamespace.get(namespace) ?? []).filter((declaration) => covers(declaration, declared));
    const because = declared.because ?? leftOut(declared);
    const state = by.length > 0 ? 'Covered' : because !== undefined ? 'Excluded' : 'Uncovered';
    return {
      declared,
      claim,
      namespace,
      statefulSet,
      path: madeAs(object).node.path,
      state,
      by: by.map(({ name }) => name),
      because: state === 'Excluded' ? because : undefined,
    };
  });
}

/** What a declaration names in each namespace, as if it were declared there. */
function byItems({ name, namespace, backups }: Declaration): Declaration[] {
  const namespaces = new Set(backups.map((item) => item.namespace ?? namespace));
  return [...namespaces].map((its) => ({
    name,
    namespace: its,
    backups: backups.filter((item) => (item.namespace ?? namespace) === its),
  }));
}

const covers = ({ backups }: Declaration, { claims, labels }: DeclaredClaim): boolean =>
  backups.some(({ selector }) => selector && haveAll(labels, selector.matchLabels)) ||
  (claims.length > 0 && claims.every((claim) => backups.some(({ name }) => name === claim)));

/** Why a ServiceBackup leaves a claim out. */
function leftOutIn(constructs: readonly IConstruct[]): (claim: DeclaredClaim) => string | undefined {
  const key = (namespace: string | undefined, name: string) => `${namespace ?? ''}/${name}`;
  const claims = new Map<string, string>();
  const templates = new Map<IConstruct | undefined, LeftOutClaim[]>();
  for (const construct of constructs) {
    if (!(construct instanceof ServiceBackup)) continue;
    for (const left of construct.resolveBackups().leftOut) {
      if (!left.templateOf) {
        claims.set(key(construct.namespace, left.name), left.because);
      } else {
        const object = objectOf(left.templateOf);
        templates.set(object, [...(templates.get(object) ?? []), left]);
      }
    }
  }
  return ({ object, namespace, name, statefulSet }) =>
    statefulSet === undefined
      ? claims.get(key(namespace, name))
      : templates.get(object)?.find((left) => left.name === name)?.because;
}

/** The problems of `enforce`. One function for all calls, so that a claim is told once. */
const uncovered = (constructs: IConstruct[]): Found[] =>
  coverageOf(constructs)
    .filter(({ state }) => state === 'Uncovered')
    .map(({ declared: { object, namespace, name, statefulSet } }) => {
      const [what, argument] =
        statefulSet === undefined
          ? [`the claim '${name}' is`, 'claim']
          : [`the claims of template '${name}' of the StatefulSet '${statefulSet}' are`, 'statefulSet'];
      const where = namespace === undefined ? 'that has no namespace either' : `of namespace '${namespace}'`;
      return {
        construct: madeAs(object),
        problem: `${what} backed up by no ServiceBackup ${where}: add it to one, or say why it need not be by Coverage.exclude(${argument}, 'why').`,
      };
    });
