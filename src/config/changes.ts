/**
 * What a configuration that was read again changes, and whether a running gate can take it. Half of a changed configuration would
 * be one that nobody wrote, so it is all of it or nothing. A setting that is not named here needs a restart: whoever adds one
 * has to say that a running gate can take it.
 */
import type { Config, IdentityJwtConfig } from "./config.ts";

/** What the gate takes without a restart, by its name in the file; a section is all of its keys. */
const changeable: ReadonlySet<string> = new Set([
  ...["allow", "public_paths", "api_prefixes", "gate_base", "providers"],
  ...["public_url", "trusted_proxies", "allowed_hosts"],
  ...["session.secret", "session.refresh_skew_seconds"],
  ...["session.idle_timeout_seconds", "session.max_lifetime_seconds"],
  ...["websocket", "login", "identity_headers", "identity_jwt", "pass_access_token", "bearer"],
  ...["limits.header_fields", "limits.own_body_bytes"],
  ...["limits.body_idle_timeout_seconds", "limits.keep_alive_seconds"],
  ...["log.level", "drain_timeout_seconds"],
]);

/** What has another name or place in the file. Undefined is not compared: it follows from the others, or is new at each reading. */
const named: ReadonlyMap<string, string | undefined> = new Map([
  ["warnings", undefined],
  ["skipped_providers", undefined],
  ["session.secret_source", undefined],
  ["session.secrets", "session.secret"],
  ["audit_file", "audit.file"],
  ["prefix_mode", "upstream_options.prefix"],
  ["upstream.address", "upstream"],
  ["upstream.ca", "upstream_options.ca_file"],
]);

const sections: ReadonlySet<string> = new Set([
  ...["session", "websocket", "login", "limits", "log", "upstream"],
]);

export interface Changes {
  /** Settings that can be taken. */
  readonly taken: readonly string[];
  /** Settings that need a restart. With one nothing is taken. */
  readonly fixed: readonly string[];
  /** What else stands against it, in sentences. With one nothing is taken. */
  readonly refused: readonly string[];
}

/** The settings in which the two differ, by the names of the file. */
export function changesBetween(before: Config, after: Config): Changes {
  const old = byName(before);
  const fresh = byName(withLastingKeys(before, after));
  const differing = [...new Set([...old.keys(), ...fresh.keys()])]
    .filter((name) => old.get(name) !== fresh.get(name))
    .sort();
  const isTaken = (name: string) =>
    changeable.has(name) || changeable.has(name.split(".", 1)[0] ?? "");
  return {
    taken: differing.filter(isTaken),
    fixed: differing.filter((name) => !isTaken(name)),
    refused: losesKey(before, after)
      ? [
          "there is no session key to read any more, and every session would end; a restart makes one",
        ]
      : [],
  };
}

/** The configuration to take: a key that was made for the process alone is another at each reading, so the one before stays. */
export function withLastingKeys(before: Config, after: Config): Config {
  const passing =
    before.session.secretSource === "process" && after.session.secretSource === "process";
  const unsigned = after.identityJwt?.keySource !== "process" || before.identityJwt === undefined;
  if (!passing && unsigned) return after;
  return {
    ...after,
    ...(passing && { session: { ...after.session, secrets: before.session.secrets } }),
    ...(!unsigned && { identityJwt: keepKey(before.identityJwt, after.identityJwt) }),
  };
}

/** The new settings with the old key, wherever that is from: verifiers know it. */
function keepKey(before: IdentityJwtConfig, { audience }: IdentityJwtConfig): IdentityJwtConfig {
  return { ...before, audience };
}

function losesKey(before: Config, after: Config): boolean {
  return before.session.secretSource !== "process" && after.session.secretSource === "process";
}

/** Setting to its value as text, to be compared and never to be shown. */
function byName(config: Config): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const add = (key: string, value: unknown) => {
    const name = named.has(key) ? named.get(key) : key.replace(/^upstream\./, "upstream_options.");
    if (name !== undefined) values.set(name, JSON.stringify(value, asPlain) ?? "");
  };
  for (const [key, value] of Object.entries(config)) {
    const name = asInFile(key);
    if (!sections.has(name)) add(name, value);
    else for (const [part, inner] of Object.entries(value)) add(`${name}.${asInFile(part)}`, inner);
  }
  return values;
}

function asPlain(_key: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value;
}

/** `publicUrl` is `public_url` there. */
function asInFile(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
