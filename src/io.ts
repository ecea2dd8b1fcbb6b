/** What a command needs of the outside world. cli.ts fills it in; tests pass their own. */
export interface Output {
  write(text: string): void;
  /** A person is looking: colour and progress make sense. */
  readonly isTerminal: boolean;
  /** Width in columns, where known. */
  readonly columns?: number | undefined;
}

export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the working directory (`-C` applied). */
  readonly cwd: string;
  /** Absolute path of the directory where the pages of the rules lie: `rules/<group>/<name>.md` below it. */
  readonly resources: string;
  readonly version: string;
  /** Milliseconds since 1970. */
  now(): number;
  /** To be told once it is clear that there is a lot to do: the machine can be prepared for it. */
  readonly expectWork?: () => void;
  /** Has something done where the process ends too early: by a signal, or since an event threw. Gives what takes that back. */
  readonly beforeEnd?: (act: () => void) => () => void;
}
