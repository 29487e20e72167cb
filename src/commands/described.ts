/** The command line as plain values: what completion, help and man page are made from. */

export interface DescribedOption {
  /** `--upstream`. */
  readonly flag: string;
  readonly what: string;
  /** What its value is called; absent when it takes none. `file` is a path. */
  readonly argument?: string;
  /** Values that can be offered; there may be others. */
  readonly values: readonly string[];
}

export interface DescribedCommand {
  readonly name: string;
  readonly what: string;
  readonly options: readonly DescribedOption[];
  /** What may follow its name. */
  readonly words: readonly string[];
}

export interface Described {
  readonly name: string;
  readonly what: string;
  /** Without a command. */
  readonly options: readonly DescribedOption[];
  readonly commands: readonly DescribedCommand[];
}

/** The command that runs when none is named. */
export const defaultCommand = "serve";

/** `serve, check-config or keygen`. */
export function commandNames({ commands }: Described): string {
  const names = commands.map(({ name }) => name).filter((name) => name !== "help");
  return `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
