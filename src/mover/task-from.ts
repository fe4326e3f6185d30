import { Errors } from '@sinclair/typebox/errors';
import { Check } from '@sinclair/typebox/value';
import { TASK_VARIABLE } from '../api/group';
import { CONTRACT_VERSION, task as schema, type Task } from '../api/task';
import { Fault } from './fault';

/** The task of the environment. @throws TaskInvalid */
export function taskFrom(env: NodeJS.ProcessEnv): Task {
  const invalid = (why: string) =>
    new Fault('TaskInvalid', `The mover does not understand its task: ${why}.`);
  const text = env[TASK_VARIABLE];
  if (!text) throw invalid(`${TASK_VARIABLE} is not set`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(`${TASK_VARIABLE} is not JSON`);
  }
  if (Check(schema, value)) return value;
  const { version, kind } = (value ?? {}) as { version?: unknown; kind?: unknown };
  if (version !== CONTRACT_VERSION) {
    throw invalid(
      `it is of version ${String(version)}, and this mover speaks ${CONTRACT_VERSION}; operator and mover must be deployed together`,
    );
  }
  const branch = schema.anyOf.find((one) => one.properties.kind.const === kind);
  if (!branch) throw invalid(`its kind is ${String(kind)}`);
  const error = Errors(branch, value).First();
  throw invalid(`${error?.path || '/'}: ${error?.message ?? 'invalid'}`);
}
