/**
 * Every key of the configuration file with its kind, its range and its default: the one home of defaults.
 * `docs/configuration.md` and `config.example.yaml` are held to it by tests. Rules that need more than one key, a file or
 * another part's grammar are in `resolve.ts`.
 */
import { z } from "zod";
import { allow, provider } from "./schema-providers.ts";
import { bool, choice, integer, list, pattern, section, text, texts } from "./values.ts";

const secretText = text("must be text");

const session = section({
  secret: z.union([secretText, list(secretText)], "must be text, or a list of texts").optional(),
  secret_file: text("must be the path of a file", 4096).optional(),
  cookie_prefix: pattern(
    /^(?!__)[A-Za-z0-9_-]{1,64}$/,
    'must be letters, digits, "_" and "-", not "__" first, 64 at most',
  ).default("hermes_session"),
  refresh_skew_seconds: integer(0, 3600).default(30),
  idle_timeout_seconds: integer(0, 34_560_000).default(0),
  // 400 days is the longest life that browsers give a cookie (RFC 6265bis, 5.5).
  max_lifetime_seconds: integer(1, 34_560_000).default(2_592_000),
});

const websocket = section({
  auth: list(choice(["ticket", "cookie"]))
    .min(1, "must name at least one way")
    .default(["ticket", "cookie"]),
  ticket_ttl_seconds: integer(1, 30).default(30),
  allowed_origins: texts().default([]),
  max_lifetime_seconds: integer(1, 34_560_000).default(86_400),
});

const upstreamOptions = section({
  host: choice(["preserve", "upstream"]).default("preserve"),
  prefix: choice(["strip", "keep"]).default("strip"),
  connect_timeout_ms: integer(1, 600_000).default(5000),
  response_timeout_ms: integer(0, 86_400_000).default(300_000),
  upgrade_timeout_ms: integer(1, 600_000).default(10_000),
  connections: integer(0, 65_535).default(0),
  ca_file: text("must be the path of a file", 4096).optional(),
});

const limits = section({
  header_bytes: integer(4096, 1_048_576).default(65_536),
  header_fields: integer(10, 2000).default(100),
  own_body_bytes: integer(1024, 1_048_576).default(16_384),
  head_timeout_seconds: integer(1, 60).default(60),
  body_idle_timeout_seconds: integer(0, 86_400).default(120),
  keep_alive_seconds: integer(1, 3600).default(75),
});

const identityFields = [
  "user_id",
  "email",
  "preferred_username",
  "display_name",
  "groups",
  "org_id",
  "provider",
] as const;

const identityHeaders = z.record(
  pattern(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, "must be a header name"),
  choice(identityFields),
  "must be a map of header names",
);

const workersRule = 'must be a whole number from 1 to 128, or "auto"';
const workers = z.union(
  [z.int(workersRule).min(1, workersRule).max(128, workersRule), z.literal("auto", workersRule)],
  workersRule,
);

export const schema = section({
  upstream: text(),
  listen: text().default("127.0.0.1:4180"),
  workers: workers.default(1),
  admin_listen: text().optional(),
  public_url: z.string("must be a URL").optional(),
  trusted_proxies: texts().default(["127.0.0.0/8", "::1"]),
  allowed_hosts: texts().default([]),
  providers: list(provider).default([]),
  allow: allow.optional(),
  public_paths: texts().default([]),
  api_prefixes: list(
    pattern(
      /^\/(?:(?!\.{1,2}\/)[A-Za-z0-9._~-]+\/)+$/,
      'must begin and end with "/", as "/api/", with plain segments',
    ),
  ).default(["/api/"]),
  gate_base: pattern(
    /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+)*$/,
    'must be empty or a path as "/gate", with plain segments',
  ).default(""),
  session: session.prefault({}),
  websocket: websocket.prefault({}),
  identity_headers: identityHeaders.default({
    "X-Forwarded-User": "user_id",
    "X-Forwarded-Email": "email",
    "X-Forwarded-Preferred-Username": "preferred_username",
    "X-Forwarded-Groups": "groups",
    "X-Forwarded-Provider": "provider",
  }),
  identity_jwt: section({
    audience: text("must be text", 256).optional(),
    key_file: text("must be the path of a file", 4096).optional(),
  }).prefault({}),
  pass_access_token: bool().default(false),
  bearer: bool().default(false),
  upstream_options: upstreamOptions.prefault({}),
  tls: section({
    cert: text("must be the path of a file", 4096).optional(),
    key: text("must be the path of a file", 4096).optional(),
  }).prefault({}),
  drain_timeout_seconds: integer(0, 3600).default(25),
  store: text().default("memory"),
  store_file: text("must be the path of a file", 4096).optional(),
  state_dir: text("must be the path of a directory", 4096).optional(),
  audit: section({ file: text("must be the path of a file", 4096).optional() }).prefault({}),
  log: section({
    level: choice(["debug", "info", "warn", "error"]).default("info"),
    format: choice(["json", "pretty"]).optional(),
  }).prefault({}),
  login: section({
    title: text("must be text", 100).default("Sign in"),
    auto_redirect: bool().default(false),
    idp_logout: bool().default(false),
  }).prefault({}),
  limits: limits.prefault({}),
});

/** The checked tree of settings, still named and shaped as in the file. */
export type SettingsTree = z.output<typeof schema>;
