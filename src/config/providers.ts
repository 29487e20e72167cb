/**
 * Lays the providers of the environment and the flags over those of the file, and remembers for each that was considered
 * and cannot be used why, and the one setting that mends it: an operator whose gate does not start reads exactly that.
 */
import { nousClientId } from "../provider/settings.ts";
import type { SkippedProvider } from "./config.ts";
import type { Environment, Flags, Given } from "./overlay.ts";
import { given, lay } from "./overlay.ts";
import type { Report } from "./report.ts";
import type { ProviderSource } from "./sources.ts";
import { providerSources } from "./sources.ts";
import type { Tree } from "./tree.ts";
import { isSection } from "./tree.ts";

type Kind = ProviderSource["type"];

const kinds: readonly Kind[] = ["nous", "oidc", "github"];

/** What a kind needs, in the order in which an operator sets it, with what is said when it is missing. */
const needs: Readonly<Record<Kind, readonly (readonly [key: string, missing: string])[]>> = {
  nous: [
    [
      "client_id",
      "HERMES_DASHBOARD_OAUTH_CLIENT_ID is not set. Set it to the client id that the portal gave this dashboard (agent:...)",
    ],
  ],
  oidc: [
    [
      "issuer",
      "HERMES_GATE_OIDC_ISSUER is not set. Set it, or --issuer, to the URL of your OpenID provider",
    ],
    [
      "client_id",
      "HERMES_GATE_OIDC_CLIENT_ID is not set. Set it, or --client-id, to the id of the client that you registered there",
    ],
  ],
  github: [
    [
      "client_id",
      "HERMES_GATE_GITHUB_CLIENT_ID is not set. Set it to the client id of your GitHub app",
    ],
    [
      "client_secret",
      "HERMES_GATE_GITHUB_CLIENT_SECRET is not set. Set it, or HERMES_GATE_GITHUB_CLIENT_SECRET_FILE, to a secret of your GitHub app",
    ],
  ],
};

export interface ConsideredProviders {
  /** Those that somebody began to set up. */
  readonly incomplete: readonly SkippedProvider[];
  /** Those that nobody set up. */
  readonly absent: readonly SkippedProvider[];
}

/** Lays the providers over `providers` in the tree. A list there that is none is left for the schema to refuse. */
export function overlayProviders(
  tree: Tree,
  env: Environment,
  flags: Flags,
  report: Report,
): ConsideredProviders {
  const incomplete: SkippedProvider[] = [];
  const absent: SkippedProvider[] = [];
  const inFile = tree.get(["providers"]) ?? [];
  if (!Array.isArray(inFile)) return { incomplete, absent };
  const entries: readonly unknown[] = inFile.map(withModuleType);
  tree.root["providers"] = [...entries];
  let length = entries.length;

  /** Adds one that the file does not have, when all that it needs is given. */
  function add(type: Kind, values: ReadonlyMap<string, Given>): void {
    const [first] = values.values();
    const reason = whyUnusable(type, values);
    if (reason !== undefined) {
      (first === undefined ? absent : incomplete).push({ name: type, reason });
      return;
    }
    tree.set(["providers", length], { type }, first?.origin ?? { kind: "env", name: type });
    layAll(tree, length, values);
    length += 1;
  }

  for (const type of kinds) {
    const values = givenFor(type, env, flags, report);
    const [place, ...others] = placesOf(type, entries);
    if (place === undefined) add(type, values);
    else if (others.length === 0) layAll(tree, place, values);
    else refuseUnclear(type, others.length + 1, values, report);
  }
  return { incomplete, absent };
}

/** Where in the file's list the providers of this kind stand. */
function placesOf(type: Kind, entries: readonly unknown[]): readonly number[] {
  return entries.flatMap((entry, index) =>
    isSection(entry) && entry["type"] === type ? [index] : [],
  );
}

/** A value of the environment or a flag says the kind alone, so of several it could mean any. */
function refuseUnclear(
  type: Kind,
  count: number,
  values: ReadonlyMap<string, Given>,
  report: Report,
): void {
  const [first] = values.values();
  if (first === undefined) return;
  report.problems.push({
    origin: first.origin,
    rule: `the file has ${count} providers of type "${type}": which of them is meant is not clear`,
    hints: ["unset it, and set the value in the file"],
  });
}

function givenFor(
  type: Kind,
  env: Environment,
  flags: Flags,
  report: Report,
): ReadonlyMap<string, Given> {
  const values = new Map<string, Given>();
  for (const source of providerSources) {
    if (source.type !== type) continue;
    const value = given(source, env, flags, report.problems);
    if (value !== undefined) values.set(source.key, value);
  }
  return values;
}

function layAll(tree: Tree, index: number, values: ReadonlyMap<string, Given>): void {
  for (const [key, value] of values) lay(tree, ["providers", index, key], value);
}

function whyUnusable(type: Kind, values: ReadonlyMap<string, Given>): string | undefined {
  const missing = needs[type].find(([key]) => !values.has(key));
  if (missing !== undefined) return missing[1];
  const clientId = values.get("client_id")?.value;
  return type === "nous" && typeof clientId === "string" && !nousClientId.test(clientId)
    ? 'HERMES_DASHBOARD_OAUTH_CLIENT_ID must be "agent:" and the instance id. Copy it from the portal as it stands'
    : undefined;
}

/** An entry that names a module is one of a module, whether or not it says so. */
function withModuleType(entry: unknown): unknown {
  return isSection(entry) && entry["type"] === undefined && entry["module"] !== undefined
    ? { type: "module", ...entry }
    : entry;
}
