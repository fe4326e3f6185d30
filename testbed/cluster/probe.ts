import { existsSync, readFileSync } from 'node:fs';
import { request as plain } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:net';
import { API_URL } from '../layout';
import { pki } from './certificates';

/** Asks an address as the administrator. Certificates of the servers are not checked: they are on this machine. */
function ask(url: string): Promise<{ readonly status: number; readonly text: string }> {
  const secure = url.startsWith('https:');
  const identity = () => ({
    rejectUnauthorized: false,
    cert: readFileSync(pki('admin.crt')),
    key: readFileSync(pki('admin.key')),
  });
  return new Promise((resolve, reject) => {
    const options = { ...(secure ? identity() : {}), timeout: 5000, agent: false as const };
    const asked = (secure ? request : plain)(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.once('error', reject);
    });
    asked.once('timeout', () => asked.destroy(new Error(`${url} does not answer`)));
    asked.once('error', reject);
    asked.end();
  });
}

export const answersOk = async (url: string) => (await ask(url)).status === 200;

/** Reads one object of the cluster by its path in the API. */
export async function readObject<T>(path: string): Promise<T> {
  const { status, text } = await ask(`${API_URL}${path}`);
  if (status !== 200) throw new Error(`${path} answers ${status}`);
  return JSON.parse(text) as T;
}

/** Whether something accepts connections at a TCP address or a Unix socket. */
export function accepts(
  target: { readonly host: string; readonly port: number } | { readonly path: string },
): Promise<boolean> {
  if ('path' in target && !existsSync(target.path)) return Promise.resolve(false);
  return new Promise((resolve, reject) => {
    const socket = connect(target);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', reject);
  });
}
