import type { BucketTask } from '../api/bucket-task';
import { all, escaped, textOf } from '../mover/objects/xml';
import { codeOf } from '../mover/s3-fault';
import type { Admin } from './admin';
import type { Keys } from './keys';
import { type Answered, System } from './system';
import { refusal, type Trouble } from './trouble';

/**
 * The admin API of versitygw 1.x: PATCH requests, signed as those of S3, on the port of S3 or, with --admin-port, on one of its own. Its
 * users are known by their access key id.
 */
export function versitygw({ admin: { endpoint }, s3 }: BucketTask, keys: Keys): Admin {
  const system = new System({ ...s3, endpoint }, keys, 'admin API');

  function trouble(answer: Answered, doing: string): Trouble {
    if (codeOf(answer) === 'XAdminMethodNotSupported')
      return refusal(
        `versitygw at ${endpoint} has no users but its root (single account mode): start it with an IAM service, such as --iam-dir.`,
      );
    if (codeOf(answer) === 'MethodNotAllowed' || answer.status === 404)
      return refusal(
        `What answers at ${endpoint} is not versitygw's admin API (${answer.status} when ${doing}): set \`endpoint\` of BucketAdmin.versitygw to the port of its --admin-port.`,
      );
    return system.trouble(answer, doing);
  }

  return {
    async users() {
      const doing = 'listing the users';
      const answer = await system.ask({ method: 'PATCH', path: '/list-users', doing });
      if (answer.status !== 200 || !answer.body.includes('<ListUserAccountsResult'))
        throw trouble(answer, doing);
      return new Map(
        all(answer.body, 'Accounts').map((user) => {
          const role = textOf(user, 'Role');
          return [textOf(user, 'Access') ?? '', role === 'user' ? {} : { privilege: `role ${role}` }];
        }),
      );
    },

    async create({ accessKeyId, secretAccessKey }) {
      const doing = `making the user ${accessKeyId}`;
      const [access, secret] = [accessKeyId, secretAccessKey].map(escaped);
      const body = `<Account><Access>${access}</Access><Secret>${secret}</Secret><Role>user</Role><UserID>0</UserID><GroupID>0</GroupID><ProjectID>0</ProjectID></Account>`;
      const answer = await system.ask({ method: 'PATCH', path: '/create-user', body, doing });
      if (codeOf(answer) === 'XAdminUserExists') return false;
      if (answer.status !== 201) throw trouble(answer, doing);
      return true;
    },

    close: () => system.close(),
  };
}
