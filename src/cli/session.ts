import type { Rest } from '../kube/rest';
import type { Narrator } from './narrator';
import type { Paint } from './tables';

/** What a command works with: the cluster, the person in front of it, and their patience. */
export interface Session {
  kube: Rest;
  operatorNamespace: string;
  /** Answers go here: tables, the final line, or one JSON document. */
  answer: (text: string) => void;
  json: boolean;
  narrator: Narrator;
  /** Asks a yes or no of the person; absent where there is no terminal. */
  confirm?: (question: string) => Promise<boolean>;
  paint: Paint;
  timeZone: string;
  now: () => Date;
  /** Aborted by Ctrl-C and SIGTERM. */
  signal: AbortSignal;
}

export const answerJson = (session: Session, document: unknown): void =>
  session.answer(JSON.stringify(document, null, 2));
