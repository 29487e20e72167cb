/**
 * Reads the configuration from flags, environment and file and judges it whole: the one way to a Config. Every problem is
 * found in one run, also where the schema already refused a part; what such a part would have decided is then not judged.
 */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Runtime } from "../base/runtime.ts";
import type { Config, SkippedProvider } from "./config.ts";
import { createFileReader, errorCode } from "./files.ts";
import { hermesName, isHermesFile, readHermesFile } from "./hermes-file.ts";
import type { Environment, Flags } from "./overlay.ts";
import { overlay } from "./overlay.ts";
import type { Problem } from "./problems.ts";
import { overlayProviders } from "./providers.ts";
import { choosePublicUrl, type PublicUrlRigour } from "./public-url.ts";
import { createReport } from "./report.ts";
import { resolveConfig } from "./resolve.ts";
import type { SettingsTree } from "./schema.ts";
import { schema } from "./schema.ts";
import type { Tree } from "./tree.ts";
import { createTree } from "./tree.ts";
import type { YamlFile } from "./yaml-file.ts";
import { readYaml } from "./yaml-file.ts";

export interface LoadInput {
  /** The setting flags that were given, by name. */
  readonly flags: Flags;
  /** `--config`; absent takes `./config.yaml` when that exists. */
  readonly configFile?: string;
  /** `--insecure`. */
  readonly insecure?: boolean;
  readonly env: Environment;
  readonly cwd: string;
  /** The log goes to a terminal. */
  readonly terminal: boolean;
  readonly runtime: Runtime;
  readonly mode: keyof typeof modes;
}

/** What a reading of the configuration does beside judging it, by what it is for. */
interface Mode {
  /** Makes the session key's file where there is none to read. */
  readonly makesKey: boolean;
  /** The same for the key that signs identities. */
  readonly makesIdentityKey: boolean;
  readonly publicUrl: PublicUrlRigour;
  /** The top-level keys whose problems count. Absent: all. */
  readonly judges?: ReadonlySet<string>;
}

const modes = {
  serve: { makesKey: true, makesIdentityKey: true, publicUrl: "none" },
  /** For a gate that serves already: with a new session key everybody would be signed out. */
  reload: { makesKey: false, makesIdentityKey: true, publicUrl: "file" },
  check: { makesKey: false, makesIdentityKey: false, publicUrl: "all" },
  read: { makesKey: false, makesIdentityKey: false, publicUrl: "none" },
  /** Where the gate answers its status, and how it is asked: a container's health check does not know the gate's flags. */
  locate: {
    makesKey: false,
    makesIdentityKey: false,
    publicUrl: "none",
    judges: new Set(["listen", "gate_base", "tls"]),
  },
} as const satisfies Record<string, Mode>;

export type Loaded =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** The Config, or every problem with it. Never throws for what an operator wrote. */
export function loadConfig(input: LoadInput): Loaded {
  const { env, flags } = input;
  const mode: Mode = modes[input.mode];
  const read = readFile(input);
  if (!read.ok) return read;
  const { file, hermes } = read;
  const tree = createTree(file.root, file.originOf);
  const report = createReport(tree);

  report.problems.push(...overlay(tree, env, flags));
  for (const key of ["upstream", "listen", "admin_listen"]) readPortAsText(tree, key);
  readTextAsNumber(tree, "workers");
  const publicUrl = choosePublicUrl({ tree, env, flags, report, rigour: mode.publicUrl });
  const considered = overlayProviders(tree, env, flags, report);
  const parsed = schema.safeParse(tree.root);
  const spoilt = parsed.success ? new Set<string>() : report.refuseAll(parsed.error);
  const settings = parsed.success ? parsed.data : withoutSpoilt(tree, spoilt);

  const unmet = [...considered.incomplete, ...considered.absent];
  const judged = !spoilt.has("providers");
  if (settings.providers.length === 0 && input.insecure !== true && judged) {
    report.problems.push(noProvider(unmet));
  }
  const before = report.problems.length;
  const config = resolveConfig(settings, {
    tree,
    files: createFileReader(tree, input.cwd, report),
    report,
    env,
    runtime: input.runtime,
    publicUrl,
    skippedProviders: considered.incomplete,
    insecure: input.insecure ?? false,
    terminal: input.terminal,
    makeKey: mode.makesKey && before === 0,
    makeIdentityKey: mode.makesIdentityKey && before === 0,
  });
  const problems = report.problems.filter(({ setting = "" }, index) => {
    if (mode.judges?.has(topOf(setting)) === false) return false;
    return index < before || !dependsOn(setting, spoilt);
  });
  if (problems.length === 0) return { ok: true, config };
  const told = problems.toSorted((a, b) => lineOf(a) - lineOf(b));
  return { ok: false, problems: hermes ? told.map(asInHermes) : told };
}

type FileRead =
  | {
      readonly ok: true;
      readonly file: YamlFile;
      readonly hermes: boolean;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

function readFile({ configFile, cwd }: LoadInput): FileRead {
  const name = configFile ?? "config.yaml";
  const path = resolve(cwd, name);
  const none: YamlFile = { root: {}, problems: [], originOf: () => undefined };
  if (configFile === undefined && !existsSync(path)) {
    return { ok: true, file: none, hermes: false };
  }
  try {
    const file = readYaml(readFileSync(path, "utf8"), name);
    if (file.problems.length > 0) return { ok: false, problems: file.problems };
    const hermes = isHermesFile(file.root);
    return { ok: true, file: hermes ? readHermesFile(file) : file, hermes };
  } catch (error) {
    const rule = `the configuration file ${JSON.stringify(name)} cannot be read (${errorCode(error)})`;
    const hints = configFile === undefined ? [] : ["name another with --config"];
    return { ok: false, problems: [{ rule, hints }] };
  }
}

/** The settings with defaults in place of the parts that the schema refused, so that the rest can be judged. */
function withoutSpoilt(tree: Tree, spoilt: ReadonlySet<string>): SettingsTree {
  const rest = Object.entries(tree.root).filter(([key]) => !spoilt.has(key));
  return schema.parse({ upstream: ":1", ...Object.fromEntries(rest) });
}

function topOf(setting: string): string {
  return setting.split(/[.[]/, 1)[0] ?? "";
}

/** A later problem of a part that is spoilt, or that is judged by one, would be about a default that nobody chose. */
function dependsOn(setting: string, spoilt: ReadonlySet<string>): boolean {
  const top = topOf(setting);
  const aboutProviders = top === "allow" || top === "bearer" || top === "providers";
  return spoilt.has(top) || (aboutProviders && (spoilt.has("providers") || spoilt.has("allow")));
}

/** `upstream: 9119` is a number to YAML; as text it gets the hint that fits. */
function readPortAsText(tree: Tree, key: string): void {
  if (typeof tree.root[key] === "number") tree.root[key] = String(tree.root[key]);
}

/** A flag and a variable are text always. */
function readTextAsNumber(tree: Tree, key: string): void {
  const { [key]: value } = tree.root;
  if (typeof value === "string" && /^\d{1,6}$/.test(value)) tree.root[key] = Number(value);
}

/** Problems of the file are told from top to bottom, after those that are not of the file. */
function lineOf({ origin }: Problem): number {
  return origin?.kind === "file" ? origin.line : 0;
}

function noProvider(unmet: readonly SkippedProvider[]): Problem {
  return {
    rule: "no sign-in provider is usable, so nobody could sign in",
    hints: unmet.map(({ name, reason }) => `${name}: ${reason}`),
  };
}

function asInHermes(problem: Problem): Problem {
  return problem.setting === undefined
    ? problem
    : { ...problem, setting: hermesName(problem.setting) };
}
