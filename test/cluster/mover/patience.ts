/** Each test makes repositories and starts restic: seconds, and more of them on a machine that has other work. */
jest.setTimeout(30_000);
