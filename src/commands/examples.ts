/** The examples that `--help` and the man page show, by what somebody wants to do. */

export interface Example {
  /** The command that it shows. */
  readonly of: string;
  readonly line: string;
  readonly what: string;
}

export interface Task {
  readonly name: string;
  readonly examples: readonly Example[];
}

export const tasks: readonly Task[] = [
  {
    name: "Start",
    examples: [
      {
        of: "serve",
        line: "hermes-gate --upstream :9119 --issuer https://login.example.com --client-id dash",
        what: "stand in front of the dashboard on port 9119",
      },
      {
        of: "serve",
        line: "hermes-gate --config /etc/hermes-gate/config.yaml --listen :4180",
        what: "with a file, on every interface",
      },
    ],
  },
  {
    name: "Find out why it does not work",
    examples: [
      {
        of: "check-config",
        line: "hermes-gate check-config --config config.yaml",
        what: "every mistake in the file, each with its line",
      },
      {
        of: "doctor",
        line: "hermes-gate doctor --url https://dash.example.com",
        what: "try the dashboard, the provider and the proxy in front, with the mend for each failure",
      },
    ],
  },
  {
    name: "Run it as a service",
    examples: [
      {
        of: "keygen",
        line: "hermes-gate keygen > session.key",
        what: "a secret for session.secret_file, the same on every gate that shares sessions",
      },
      {
        of: "healthcheck",
        line: "hermes-gate healthcheck --config config.yaml",
        what: "for a container's HEALTHCHECK",
      },
      {
        of: "serve",
        line: "hermes-gate --config config.yaml --workers auto --admin-listen 127.0.0.1:4181",
        what: "on all cores, with health and metrics",
      },
    ],
  },
  {
    name: "Complete commands and flags with the tab key",
    examples: [
      {
        of: "completion",
        line: "source <(hermes-gate completion bash)",
        what: "in ~/.bashrc; the scripts for zsh and fish say in their first line where they go",
      },
    ],
  },
];

/** The lines of the whole help: every example, by task. */
export function allExamples(): readonly string[] {
  return tasks.flatMap(({ name, examples }, index) => [
    ...(index === 0 ? [] : [""]),
    `${name}:`,
    ...examples.flatMap(linesOf),
  ]);
}

/** The lines of one command's help: its examples, whatever their task. */
export function examplesOf(command: string): readonly string[] {
  const examples = tasks.flatMap((task) => task.examples).filter(({ of }) => of === command);
  return ["Examples:", ...examples.flatMap(linesOf)];
}

/** As it is typed, and below it what it does. */
function linesOf({ line, what }: Example): readonly string[] {
  return [`  ${line}`, `      ${what}`];
}
