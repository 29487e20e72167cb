/**
 * The command: which subcommands and flags there are, and which exit code their outcome has. No logic of its own. Errors
 * go to standard error as `error:` lines in lower case without a final period, with `hint:` lines where there is a mend.
 */
import { Command, CommanderError, Option } from "commander";
import { nodeRuntime } from "./base/runtime.ts";
import { configSummary } from "./commands/check-config.ts";
import { exitCodes } from "./commands/exit-codes.ts";
import { healthcheck } from "./commands/healthcheck.ts";
import { keygen } from "./commands/keygen.ts";
import { versionLine } from "./commands/version.ts";
import type { Loaded, LoadInput } from "./config/load.ts";
import { loadConfig } from "./config/load.ts";
import { showProblem } from "./config/problems.ts";
import { flagSources } from "./config/sources.ts";
import { workerMark } from "./workers/mark.ts";

type OptionValues = Readonly<Record<string, unknown>>;

/** Runs the command with these arguments; resolves to its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  if (process.env[workerMark] === "1" && process.connected) {
    const { runWorker } = await import("./commands/worker.ts");
    return runWorker();
  }
  let code: number = exitCodes.ok;
  const program = new Command("hermes-gate")
    .description("A sign-in gate in front of any dashboard")
    .option("--version", "print version, commit and Node")
    .on("option:version", () => {
      process.stdout.write(`${versionLine(process.env)}\n`);
      throw new CommanderError(exitCodes.ok, "version", "");
    })
    .helpOption("--help", "print this help")
    .addHelpText("after", '\nThe flags of serve, the default: "hermes-gate serve --help".')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(asErrorLines(text)) });

  withSettings(program.command("serve", { isDefault: true }))
    .description("run the gate (default)")
    .option("--insecure", "serve without sign-in, on loopback only, for debugging")
    .action(async (options: OptionValues) => {
      code = await serveCommand(options);
    });
  withSettings(program.command("check-config"))
    .description("tell every problem of the configuration; exit 0 or 78")
    .option("--insecure", "judge the configuration for serving without sign-in")
    .action((options: OptionValues) => {
      code = checkCommand(options);
    });
  withSettings(program.command("healthcheck"))
    .description("exit 0 when the running gate answers, else 1")
    .option("--insecure", "the running gate serves without sign-in")
    .action(async (options: OptionValues) => {
      code = await healthCommand(options);
    });
  withSettings(program.command("doctor"))
    .description("try everything that the gate depends on, and tell what to mend; exit 0 or 1")
    .option("--insecure", "examine what serving without sign-in needs")
    .option("--url <url>", "visit the gate there too, through the proxy before it")
    .action(async (options: OptionValues) => {
      code = await doctorCommand(options);
    });
  program
    .command("keygen")
    .description("print a new session secret")
    .action(() => {
      process.stdout.write(`${keygen(nodeRuntime)}\n`);
    });

  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
}

async function serveCommand(options: OptionValues): Promise<number> {
  const loaded = load(options, "serve");
  if (!loaded.ok) return refuse(loaded, exitCodes.config);
  // Loaded here, so that the other commands do not wait for the whole gate to load.
  const { runGate } = await import("./commands/serve.ts");
  const colour = process.stdout.isTTY && !process.env["NO_COLOR"];
  return runGate(loaded.config, colour, () => load(options, "reload"));
}

function checkCommand(options: OptionValues): number {
  const loaded = load(options, "check");
  if (!loaded.ok) return refuse(loaded, exitCodes.config);
  process.stdout.write(`${configSummary(loaded.config)}\n`);
  return exitCodes.ok;
}

async function healthCommand(options: OptionValues): Promise<number> {
  const loaded = load(options, "locate");
  if (!loaded.ok) return refuse(loaded, exitCodes.failure);
  const problem = await healthcheck(loaded.config);
  if (problem === undefined) return exitCodes.ok;
  process.stderr.write(`error: ${problem}\n`);
  return exitCodes.failure;
}

async function doctorCommand(options: OptionValues): Promise<number> {
  const loaded = load(options, "read");
  if (!loaded.ok) {
    process.stdout.write(`fail  configuration  ${loaded.problems.map(showProblem).join("\n")}\n`);
    return exitCodes.failure;
  }
  const { examine } = await import("./commands/doctor.ts");
  const url = typeof options["url"] === "string" ? options["url"] : undefined;
  const tell = (line: string) => void process.stdout.write(`${line}\n`);
  const well = await examine(loaded.config, { runtime: nodeRuntime, url, tell });
  return well ? exitCodes.ok : exitCodes.failure;
}

function refuse({ problems }: Extract<Loaded, { ok: false }>, code: number): number {
  process.stderr.write(`${problems.map(showProblem).join("\n")}\n`);
  return code;
}

function load(options: OptionValues, mode: LoadInput["mode"]): Loaded {
  const flags = new Map<string, string | readonly string[]>();
  for (const { flag = "" } of flagSources) {
    const value = options[new Option(flag).attributeName()];
    if (typeof value === "string" || Array.isArray(value)) flags.set(flag, value);
  }
  const configFile = options["config"];
  return loadConfig({
    flags,
    ...(typeof configFile === "string" ? { configFile } : {}),
    insecure: options["insecure"] === true,
    env: process.env,
    cwd: process.cwd(),
    terminal: process.stdout.isTTY,
    runtime: nodeRuntime,
    mode,
  });
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
function asErrorLines(text: string): string {
  const stray = /^error: too many arguments for .*: (.*)\.\s*$/.exec(text)?.[1];
  if (stray !== undefined) {
    const hint =
      "a command stands before its flags: serve, check-config, healthcheck, doctor or keygen";
    return `error: there is no command ${JSON.stringify(stray)} here\nhint: ${hint}\n`;
  }
  return text.replace(/\n\(Did you mean (.*)\?\)\s*$/, "\nhint: did you mean $1?\n");
}
