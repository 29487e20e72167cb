/** Loads a configuration from a folder of its own, with nothing of the machine's environment in it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { nodeRuntime } from "../../src/base/runtime.ts";
import type { Config } from "../../src/config/config.ts";
import type { Loaded, LoadInput } from "../../src/config/load.ts";
import { loadConfig } from "../../src/config/load.ts";
import { showProblem } from "../../src/config/problems.ts";

/** A folder that goes with the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "gate-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface ConfigParts {
  /** The text of `config.yaml`. */
  readonly file?: string;
  /** More files, by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: Readonly<Record<string, string | readonly string[]>>;
  readonly insecure?: boolean;
  readonly mode?: LoadInput["mode"];
  /** Default: a new one. */
  readonly folder?: string;
}

export function load(t: TestContext, parts: ConfigParts): Loaded {
  const cwd = parts.folder ?? temporaryFolder(t);
  if (parts.file !== undefined) writeFileSync(join(cwd, "config.yaml"), parts.file);
  for (const [name, text] of Object.entries(parts.files ?? {}))
    writeFileSync(join(cwd, name), text);
  return loadConfig({
    flags: new Map(Object.entries(parts.flags ?? {})),
    insecure: parts.insecure ?? false,
    env: { HOME: join(cwd, "home"), ...parts.env },
    cwd,
    terminal: false,
    runtime: nodeRuntime,
    mode: parts.mode ?? "serve",
  });
}

/** The Config; fails the test with the problems when there is none. */
export function loaded(t: TestContext, parts: ConfigParts): Config {
  const result = load(t, parts);
  if (result.ok) return result.config;
  throw new Error(result.problems.map(showProblem).join("\n"));
}

/** What the operator reads, `error:` and `hint:` lines; empty when nothing is wrong. */
export function complaints(t: TestContext, parts: ConfigParts): readonly string[] {
  const result = load(t, parts);
  return result.ok ? [] : result.problems.flatMap((problem) => showProblem(problem).split("\n"));
}

/** A file that is complete but for what a test adds. */
export const goodFile = `upstream: ":9119"
providers: [{ type: oidc, issuer: "https://idp.example", client_id: dash, allow: everyone }]
`;
