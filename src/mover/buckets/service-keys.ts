import { SERVICE_CREDENTIAL_VARIABLES } from '../../api/contract';
import { Fault } from '../fault';

/** The keys of the services' S3 system. @throws TaskInvalid */
export function serviceKeys(env: NodeJS.ProcessEnv): { accessKeyId: string; secretAccessKey: string } {
  const valueIn = (name: string): string => {
    const value = env[name];
    if (value) return value;
    throw new Fault(
      'TaskInvalid',
      `The mover was started without ${name}: look at the Secret that s3ServiceConfig names.`,
    );
  };
  const { accessKeyId, secretAccessKey } = SERVICE_CREDENTIAL_VARIABLES;
  return { accessKeyId: valueIn(accessKeyId), secretAccessKey: valueIn(secretAccessKey) };
}
