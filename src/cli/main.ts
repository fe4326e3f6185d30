import { basename } from 'node:path';
import { CommanderError } from 'commander';
import { confirm } from './confirm';
import { connect } from './connect';
import { explain } from './explain';
import { EXIT, UsageError } from './failure';
import { Narrator } from './narrator';
import { paintFor } from './paint';
import { type CommonOptions, program } from './program';
import type { Session } from './session';
import { ownTimeZone } from './times';
import type { Wish } from './wish';

/** As a plugin of kubectl (a file kubectl-servicebackup on the PATH) the usage shows what people type. */
const nameOfProgram = (path: string): string =>
  basename(path).startsWith('kubectl-servicebackup') ? 'kubectl servicebackup' : 'service-backup';

async function main(argv: string[]): Promise<number> {
  const at = { now: new Date(), timeZone: ownTimeZone() };
  const interrupt = new AbortController();
  const told = new Narrator(process.stderr);
  try {
    const commands = program(nameOfProgram(argv[1] ?? ''), at, (wish, options) =>
      perform(wish, options, at.timeZone, interrupt),
    );
    await commands.parseAsync(argv);
    return EXIT.done;
  } catch (error) {
    told.rest();
    // Commander has told its own complaint by now; asking for help is none.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    process.stderr.write(`${paintFor(process.stderr, process.env).bad('error:')} ${explain(error)}\n`);
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

async function perform(
  wish: Wish,
  options: CommonOptions,
  timeZone: string,
  interrupt: AbortController,
): Promise<void> {
  const kube = await connect(options);
  const json = options.json ?? false;
  const stage = json || !process.stdout.isTTY ? process.stderr : process.stdout;
  const narrator = new Narrator(stage);
  const terminal = process.stdin.isTTY && stage.isTTY;
  const session: Session = {
    kube,
    operatorNamespace: options.operatorNamespace,
    answer: (text) => {
      narrator.rest();
      process.stdout.write(`${text}\n`);
    },
    json,
    narrator,
    ...(terminal && {
      confirm: (question) =>
        confirm(question, { input: process.stdin, output: stage, signal: interrupt.signal }),
    }),
    paint: paintFor(process.stdout, process.env),
    timeZone,
    now: () => new Date(),
    signal: interrupt.signal,
  };
  const release = catchSignals(interrupt, narrator);
  try {
    await dispatch(wish, session);
  } finally {
    narrator.rest();
    release();
    kube.close();
  }
}

/** The first Ctrl-C lets the command put things in order; the second ends it at once. */
function catchSignals(interrupt: AbortController, narrator: Narrator): () => void {
  const stop = () => {
    if (interrupt.signal.aborted) {
      narrator.rest();
      process.stderr.write('error: Ended at once, without putting things in order.\n');
      process.exit(EXIT.failed);
    }
    narrator.say('  interrupted: putting things in order (once more to leave at once)');
    interrupt.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  return () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
  };
}

async function dispatch(wish: Wish, session: Session): Promise<void> {
  switch (wish.command) {
    case 'status': {
      const { status } = await import('./status');
      return status(session, wish.service);
    }
    case 'run': {
      const { run } = await import('./run');
      return run(session, wish.service);
    }
    case 'snapshots': {
      const { snapshots } = await import('./snapshots');
      return snapshots(session, wish.service, wish.item);
    }
    case 'restore': {
      const { restore } = await import('./restore');
      if (wish.understood) session.narrator.say(`  ${wish.understood}`);
      return restore(session, wish.service, wish.request);
    }
    case 'restore-bucket': {
      const { restoreBucket } = await import('./restore-bucket');
      if (wish.understood) session.narrator.say(`  ${wish.understood}`);
      return restoreBucket(session, wish.service, wish.request);
    }
    case 'acknowledge': {
      const { acknowledge } = await import('./acknowledge');
      return acknowledge(session, wish.service, wish.yes);
    }
    case 'recovery-key': {
      const { recoveryKey } = await import('./recovery-key');
      return recoveryKey(session, wish.service, wish.again);
    }
  }
}

main(process.argv).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`error: ${explain(error)}\n`);
    process.exitCode = EXIT.failed;
  },
);
