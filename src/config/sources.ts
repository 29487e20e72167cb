/**
 * Which flag and which environment variables give which key: the one table that the command, the loader and the
 * documentation's test read. Apart from the schema, which is about values wherever they come from.
 */

export interface SettingSource {
  /** The key, `session.secret`. */
  readonly key: string;
  readonly flag?: string;
  /** What the flag's value is called in `--help`. */
  readonly argument?: string;
  readonly help?: string;
  /** Values that a shell may offer for the flag; there may be others. */
  readonly values?: readonly string[];
  /** In order of precedence. */
  readonly env: readonly string[];
  /** The text is a list, parted by commas; a flag is repeated instead. */
  readonly list?: boolean;
  /** There is a `_FILE` variable and a `_file` key that name a file to read the value from. */
  readonly secret?: boolean;
}

export const settingSources: readonly SettingSource[] = [
  {
    key: "upstream",
    flag: "--upstream",
    argument: "address",
    help: "the dashboard: :9119, host:port, http(s)://host[:port] or unix:/path",
    env: ["HERMES_GATE_UPSTREAM"],
  },
  {
    key: "listen",
    flag: "--listen",
    argument: "address",
    help: "where to listen: 127.0.0.1:4180, :4180 for every interface, or unix:/path",
    env: ["HERMES_GATE_LISTEN"],
  },
  {
    key: "workers",
    flag: "--workers",
    argument: "number",
    help: "how many processes serve: a number, or auto for one a core",
    values: ["auto"],
    env: ["HERMES_GATE_WORKERS"],
  },
  {
    key: "admin_listen",
    flag: "--admin-listen",
    argument: "address",
    help: "where /healthz, /readyz and /metrics are, such as 127.0.0.1:4181 (default: nowhere)",
    env: ["HERMES_GATE_ADMIN_LISTEN"],
  },
  {
    key: "public_url",
    flag: "--public-url",
    argument: "url",
    help: "how the outside names the gate, with its prefix",
    env: ["HERMES_DASHBOARD_PUBLIC_URL", "HERMES_GATE_PUBLIC_URL"],
  },
  {
    key: "trusted_proxies",
    flag: "--trusted-proxy",
    argument: "address",
    help: "an IP or CIDR whose X-Forwarded-* are believed, or unix (repeat)",
    values: ["unix"],
    env: ["HERMES_GATE_TRUSTED_PROXIES"],
    list: true,
  },
  { key: "allowed_hosts", env: ["HERMES_GATE_ALLOWED_HOSTS"], list: true },
  { key: "session.secret", env: ["HERMES_GATE_SESSION_SECRET"], secret: true },
  { key: "session.cookie_prefix", env: ["HERMES_GATE_COOKIE_PREFIX"] },
  { key: "websocket.auth", env: ["HERMES_GATE_WEBSOCKET_AUTH"], list: true },
  {
    key: "store",
    flag: "--store",
    argument: "store",
    help: "what several gates share: memory is nothing, redis:// or rediss:// a server",
    values: ["memory"],
    env: ["HERMES_GATE_STORE"],
    secret: true,
  },
  { key: "state_dir", env: ["HERMES_GATE_STATE_DIR"] },
  { key: "audit.file", env: ["HERMES_GATE_AUDIT_FILE"] },
  {
    key: "log.level",
    flag: "--log-level",
    argument: "level",
    help: "debug, info, warn or error",
    values: ["debug", "info", "warn", "error"],
    env: ["HERMES_GATE_LOG_LEVEL"],
  },
];

/** The provider settings that the environment or a flag gives, each the key of one kind's entry. */
export interface ProviderSource extends SettingSource {
  readonly type: "nous" | "oidc" | "github";
}

export const providerSources: readonly ProviderSource[] = [
  { type: "nous", key: "client_id", env: ["HERMES_DASHBOARD_OAUTH_CLIENT_ID"] },
  { type: "nous", key: "portal_url", env: ["HERMES_DASHBOARD_PORTAL_URL"] },
  {
    type: "oidc",
    key: "issuer",
    flag: "--issuer",
    argument: "url",
    help: "an OpenID provider to sign in with",
    env: ["HERMES_GATE_OIDC_ISSUER"],
  },
  {
    type: "oidc",
    key: "client_id",
    flag: "--client-id",
    argument: "id",
    help: "the client id there",
    env: ["HERMES_GATE_OIDC_CLIENT_ID"],
  },
  { type: "oidc", key: "client_secret", env: ["HERMES_GATE_OIDC_CLIENT_SECRET"], secret: true },
  { type: "oidc", key: "scopes", env: ["HERMES_GATE_OIDC_SCOPES"], list: true },
  { type: "github", key: "client_id", env: ["HERMES_GATE_GITHUB_CLIENT_ID"] },
  { type: "github", key: "client_secret", env: ["HERMES_GATE_GITHUB_CLIENT_SECRET"], secret: true },
  { type: "github", key: "allow_orgs", env: ["HERMES_GATE_GITHUB_ALLOW_ORGS"], list: true },
];

/** Every flag that gives a setting, in the order of the help. */
export const flagSources: readonly SettingSource[] = [...settingSources, ...providerSources].filter(
  (source) => source.flag !== undefined,
);

/** Every variable, the `_FILE` forms included. */
export function environmentNames(): readonly string[] {
  return [...settingSources, ...providerSources].flatMap((source) =>
    source.env.flatMap((name) => (source.secret === true ? [name, `${name}_FILE`] : [name])),
  );
}

/** The ways to give the setting, for a hint: `--upstream, HERMES_GATE_UPSTREAM or upstream in the file`. */
export function waysToSet(key: string): string | undefined {
  const source = settingSources.find((entry) => entry.key === key);
  if (source === undefined) return undefined;
  const ways = [source.flag, ...source.env].filter((way) => way !== undefined);
  return `${ways.join(", ")} or "${key}" in the file`;
}
