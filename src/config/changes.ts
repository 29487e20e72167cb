/**
 * What a configuration that was read again changes, and whether a running gate can take it. Few settings can be changed under way;
 * half of a changed configuration would be one that nobody wrote, so it is all of it or nothing.
 */
import type { Config } from "./config.ts";

/** What the gate takes without a restart, by the name in the Config and in the file. */
const changeable: ReadonlyMap<string, string> = new Map([
  ["allow", "allow"],
  ["publicPaths", "public_paths"],
  ["apiPrefixes", "api_prefixes"],
]);

/** Follows from the others, or is new at each reading. */
const ignored: ReadonlySet<string> = new Set(["warnings", "skippedProviders"]);

export interface Changes {
  /** Settings that can be taken. */
  readonly taken: readonly string[];
  /** Settings that need a restart. */
  readonly fixed: readonly string[];
}

/** The settings in which the two differ, by the names of the file. */
export function changesBetween(before: Config, after: Config): Changes {
  const differing = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => !ignored.has(name) && shown(before, name) !== shown(after, name))
    .sort();
  return {
    taken: differing.flatMap((name) => changeable.get(name) ?? []),
    fixed: differing.filter((name) => !changeable.has(name)).map(asInFile),
  };
}

/** The value as text, to be compared and never to be shown. A key that was made for the process alone is another at each reading. */
function shown(config: Config, name: string): string {
  const { session } = config;
  const stable =
    session.secretSource === "process"
      ? { ...config, session: { ...session, secrets: [] } }
      : config;
  const value = Object.entries(stable).find(([key]) => key === name)?.[1];
  return JSON.stringify(value, (_, part) => (part instanceof Map ? [...part] : part)) ?? "";
}

/** `publicUrl` is `public_url` there. */
function asInFile(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
