/**
 * The command line as such: which subcommands and flags there are, in commander's terms, and as a plain description that help,
 * completion and man page are made from, so that none of them names a flag that is not there. What a command does is in `cli.ts`.
 */
import { Argument, Command, CommanderError, Option } from "commander";
import type { Shell } from "./commands/completion.ts";
import {
  commandNames,
  type Described,
  type DescribedOption,
  defaultCommand,
} from "./commands/described.ts";
import { allExamples, examplesOf } from "./commands/examples.ts";
import { flagSources } from "./config/sources.ts";

/** What was given on the command line. */
export interface Given {
  /** The value by flag, `--upstream`; the list of values for a flag that may be repeated. */
  readonly flags: ReadonlyMap<string, string | readonly string[]>;
  readonly configFile?: string;
  readonly insecure: boolean;
  /** `doctor --url`. */
  readonly url?: string;
}

/** What the commands do; each gives its exit code. */
export interface Actions {
  version(): number;
  serve(given: Given): number | Promise<number>;
  checkConfig(given: Given): number | Promise<number>;
  healthcheck(given: Given): number | Promise<number>;
  doctor(given: Given): number | Promise<number>;
  keygen(): number;
  completion(shell: Shell, described: Described): number | Promise<number>;
}

/** The shells that `completion` knows. */
export const shells: readonly Shell[] = ["bash", "zsh", "fish"];

/** Runs the command that the arguments name. Undefined when they name none, which standard error then tells. */
export async function run(args: readonly string[], actions: Actions): Promise<number | undefined> {
  let code = 0;
  const done = (result: number) => {
    code = result;
  };
  const program = createProgram(actions, done);
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? code : undefined;
  }
}

function createProgram(actions: Actions, done: (code: number) => void): Command {
  const program = new Command("hermes-gate")
    .description("A sign-in gate in front of any dashboard")
    .option("--version", "print version, commit and Node")
    .on("option:version", () => {
      done(actions.version());
      throw new CommanderError(0, "version", "");
    })
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", `\n${allExamples().join("\n")}`)
    .addHelpText("after", '\nThe flags of serve, the default: "hermes-gate serve --help".')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(asErrorLines(text, program)) });

  const add = (name: string, what: string, how: { readonly isDefault?: boolean } = {}) =>
    program
      .command(name, how)
      .description(what)
      .addHelpText("after", () => `\n${examplesOf(name).join("\n")}`);
  const settle =
    (action: (given: Given) => number | Promise<number>) => async (options: OptionValues) =>
      done(await action(readGiven(options)));

  withSettings(add("serve", "run the gate (default)", { isDefault: true }))
    .option("--insecure", "serve without sign-in, on loopback only, for debugging")
    .action(settle(actions.serve));
  withSettings(add("check-config", "tell every problem of the configuration; exit 0 or 78"))
    .option("--insecure", "judge the configuration for serving without sign-in")
    .action(settle(actions.checkConfig));
  withSettings(add("healthcheck", "exit 0 when the running gate answers, else 1"))
    .option("--insecure", "the running gate serves without sign-in")
    .action(settle(actions.healthcheck));
  const tries = "try everything that the gate depends on, and tell what to mend; exit 0 or 1";
  withSettings(add("doctor", tries))
    .option("--insecure", "examine what serving without sign-in needs")
    .option("--url <url>", "visit the gate there too, through the proxy before it")
    .action(settle(actions.doctor));
  add("keygen", "print a new session secret").action(() => done(actions.keygen()));
  add("completion", "print the completion script of a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(shells))
    .action(async (shell: Shell) => done(await actions.completion(shell, describe(program))));
  return program;
}

/** The command line in plain words. */
export function describeCommandLine(): Described {
  const none = () => 0;
  const actions = {
    version: none,
    serve: none,
    checkConfig: none,
    healthcheck: none,
    doctor: none,
  };
  return describe(createProgram({ ...actions, keygen: none, completion: none }, none));
}

function describe(program: Command): Described {
  const help = program.createHelp();
  const optionsOf = (command: Command) => help.visibleOptions(command).map(describeOption);
  return {
    name: program.name(),
    what: program.description(),
    options: optionsOf(program),
    commands: help.visibleCommands(program).map((command) => ({
      name: command.name(),
      what: command.description(),
      options: command.name() === "help" ? [] : optionsOf(command),
      words: command.name() === "help" ? [] : command.registeredArguments.flatMap(choicesOf),
    })),
  };
}

const choicesOf = ({ argChoices = [] }: Argument): readonly string[] => argChoices;

function describeOption({ long, flags, description }: Option): DescribedOption {
  const flag = long ?? flags;
  const argument = /<(.+)>/.exec(flags)?.[1];
  const { values = [] } = flagSources.find((source) => source.flag === flag) ?? {};
  return { flag, what: description, values, ...(argument !== undefined && { argument }) };
}

type OptionValues = Readonly<Record<string, unknown>>;

function readGiven(options: OptionValues): Given {
  const flags = new Map<string, string | readonly string[]>();
  for (const { flag = "" } of flagSources) {
    const value = options[new Option(flag).attributeName()];
    if (typeof value === "string" || Array.isArray(value)) flags.set(flag, value);
  }
  const { config, url } = options;
  return {
    flags,
    insecure: options["insecure"] === true,
    ...(typeof config === "string" && { configFile: config }),
    ...(typeof url === "string" && { url }),
  };
}

/** The flags that give settings. */
function withSettings(command: Command): Command {
  command.option(
    "--config <file>",
    "the configuration file (default: ./config.yaml when it exists)",
  );
  for (const { flag = "", argument = "value", help = "", list = false } of flagSources) {
    const option = new Option(`${flag} <${argument}>`, help);
    if (list) option.argParser((value: string, before: string[] = []) => [...before, value]);
    command.addOption(option);
  }
  return command;
}

/** commander's messages in our form: no final period, and the way out in a hint of its own. */
function asErrorLines(text: string, program: Command): string {
  const surplus = /^error: too many arguments for '(.*?)'.*?: (.*)\.\s*$/.exec(text);
  if (surplus !== null) return surplusLines(surplus, program);
  return text
    .replace(
      /^(error: missing required argument 'shell')\s*$/,
      `$1\nhint: one of ${shells.join(", ")}\n`,
    )
    .replace(
      /^error: command-argument value ('.*') is invalid for argument '(.*?)'/,
      "error: $1 is no known $2",
    )
    .replace(/\.\s+Allowed choices are (.*)\.\s*$/, "\nhint: one of $1\n")
    .replace(/\n\(Did you mean (.*)\?\)\s*$/, "\nhint: did you mean $1?\n");
}

/** The default command takes no arguments, so that one is a command misspelt, or named after its flags. */
function surplusLines([, of, given = ""]: RegExpExecArray, program: Command): string {
  if (of !== defaultCommand) return `error: too many arguments for ${of}: ${given}\n`;
  const hint = `a command stands before its flags: ${commandNames(describe(program))}`;
  return `error: there is no command ${JSON.stringify(given)} here\nhint: ${hint}\n`;
}
