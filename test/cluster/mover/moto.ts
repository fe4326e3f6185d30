import { spawn } from 'node:child_process';
import { moto } from '../../../testbed/build/moto';
import { freePort } from './free-port';

/** Starts a moto of one's own, empty, which forgets all when it stops. It asks for no right keys. */
export async function startMoto(): Promise<{ endpoint: string; stop(): void }> {
  const [program, ...args] = await moto();
  const port = await freePort();
  const server = spawn(program, [...args, '-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + 60_000;
  while (
    !(await fetch(endpoint).then(
      () => true,
      () => false,
    ))
  ) {
    if (server.exitCode !== null || Date.now() > deadline)
      throw new Error(`moto does not answer at ${endpoint}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { endpoint, stop: () => server.kill('SIGKILL') };
}
