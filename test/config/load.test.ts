import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { complaints, goodFile, load, loaded, temporaryFolder } from "../support/config.ts";

test("a flag goes before the environment, the environment before the file, the file before the default", (t) => {
  const file = `${goodFile}listen: 127.0.0.1:1\nlog: { level: error }\nsession: { cookie_prefix: from_file }\n`;
  const env = { HERMES_GATE_LISTEN: "127.0.0.1:2", HERMES_GATE_LOG_LEVEL: "warn" };
  const config = loaded(t, { file, env, flags: { "--listen": "127.0.0.1:3" } });
  assert.deepEqual(config.listen, { host: "127.0.0.1", port: 3 });
  assert.equal(config.log.level, "warn");
  assert.equal(config.session.cookiePrefix, "from_file");
  assert.equal(config.login.title, "Sign in");
});

test("an empty variable counts as unset", (t) => {
  const env = {
    HERMES_GATE_LISTEN: "",
    HERMES_GATE_SESSION_SECRET_FILE: "",
    HERMES_DASHBOARD_PUBLIC_URL: "",
  };
  const config = loaded(t, { file: goodFile, env });
  assert.deepEqual(config.listen, { host: "127.0.0.1", port: 4180 });
  assert.equal(config.publicUrl, undefined);
});

test("S116: listens on loopback and S12: trusts loopback alone when nothing is said", (t) => {
  const config = loaded(t, { file: goodFile });
  assert.deepEqual(config.listen, { host: "127.0.0.1", port: 4180 });
  assert.deepEqual(config.trustedProxies, ["127.0.0.0/8", "::1"]);
});

test("a list in a variable is parted by commas, a flag is repeated", (t) => {
  const env = {
    HERMES_GATE_TRUSTED_PROXIES: "10.0.0.1, 10.1.0.0/16",
    HERMES_GATE_WEBSOCKET_AUTH: "ticket",
  };
  const config = loaded(t, { file: goodFile, env });
  assert.deepEqual(config.trustedProxies, ["10.0.0.1", "10.1.0.0/16"]);
  assert.deepEqual(config.websocket.auth, ["ticket"]);
  const flags = { "--trusted-proxy": ["10.0.0.2", "unix"] };
  assert.deepEqual(loaded(t, { file: goodFile, env, flags }).trustedProxies, ["10.0.0.2", "unix"]);
});

test("S117: a blank entry of a list is an error", (t) => {
  const lines = complaints(t, {
    file: goodFile,
    env: { HERMES_GATE_ALLOWED_HOSTS: "a.example,,b.example" },
  });
  assert.deepEqual(lines, [
    'error: HERMES_GATE_ALLOWED_HOSTS: "allowed_hosts[1]" must be text, not blank, got ""',
  ]);
});

test("S117: an unknown key is an error with the name that was meant, at any depth", (t) => {
  const lines = complaints(t, {
    file: `${goodFile}public_path: [/x]\nsession:\n  idle_timeout: 3\n`,
  });
  assert.deepEqual(lines, [
    'error: config.yaml:3: "public_path" is not a known key',
    'hint: did you mean "public_paths"?',
    'error: config.yaml:5: "session.idle_timeout" is not a known key',
    "hint: the keys there are secret, secret_file, cookie_prefix, refresh_skew_seconds, idle_timeout_seconds, max_lifetime_seconds",
  ]);
});

test("every problem is told in one run, also those beyond the schema", (t) => {
  const file = `upstream: dash
listen: 127.0.0.1
session: { secret: short }
websocket: { ticket_ttl_seconds: 300 }
trusted_proxies: ["*"]
`;
  const errors = complaints(t, { file }).filter((line) => line.startsWith("error:"));
  assert.deepEqual(
    errors.map((line) => line.replace(/ must .*/, "")),
    [
      "error: no sign-in provider is usable, so nobody could sign in",
      'error: config.yaml:1: "upstream"',
      'error: config.yaml:2: "listen"',
      'error: config.yaml:3: "session.secret"',
      'error: config.yaml:4: "websocket.ticket_ttl_seconds"',
      'error: config.yaml:5: "trusted_proxies[0]"',
    ],
  );
});

test("a key without a value counts as absent", (t) => {
  const config = loaded(t, { file: `${goodFile}listen:\naudit:\n` });
  assert.deepEqual(config.listen, { host: "127.0.0.1", port: 4180 });
});

test("S101: shows of an unknown key its name alone: a blank after the colon may be missing", (t) => {
  const [first = "", second] = complaints(t, {
    file: `${goodFile}session: {secret:hunter2}\n`,
  })
    .join("\n")
    .split("\n");
  assert.match(first, /^error: config\.yaml:\d+: "session\.secret" is not a known key$/);
  assert.equal(second, 'hint: did you mean "session.secret"?');
});

test("S101: says where the file is no YAML, and not what stands there", (t) => {
  for (const value of ['"ab"hunter2', "'ab'hunter2", ">hunter2", "*hunter2", "!hunter2 {a: b}"]) {
    const file = `upstream: :9119\nsession: \n  secret: ${value}\n`;
    const lines = complaints(t, { file });
    assert.ok(lines.length > 0);
    assert.doesNotMatch(lines.join("\n"), /hunter2/, value);
  }
});

test("S115: an allow whose rules are yet to be written admits nobody: it is an error", (t) => {
  for (const blank of [
    "allow:",
    "allow: null",
    "allow: ~",
    "allow:\n  # emails: [ada@example.org]",
  ]) {
    const [line] = complaints(t, { file: `${goodFile}${blank}\n` });
    assert.match(line ?? "", /"allow" must be "everyone" or a section of rules, got nothing/);
  }
});

test("S117: an unknown key is an error without a value too", (t) => {
  const rows = [
    ["websocket: {auth:ticket}", "websocket.auth"],
    ["session: {idle_timeout:}", "session.idle_timeout"],
    ["bearr:", "bearr"],
  ] as const;
  for (const [line, name] of rows) {
    const [found = ""] = complaints(t, { file: `${goodFile}${line}\n` });
    assert.ok(found.includes(`"${name}" is not a known key`), found);
  }
});

test("both forms of a secret at once are an error, in the environment and in the file", (t) => {
  const env = { HERMES_GATE_SESSION_SECRET: "x".repeat(32), HERMES_GATE_SESSION_SECRET_FILE: "k" };
  const [first] = complaints(t, { file: goodFile, env });
  assert.equal(
    first,
    "error: HERMES_GATE_SESSION_SECRET and HERMES_GATE_SESSION_SECRET_FILE are both set",
  );
  const file = `${goodFile}session: { secret: ${"x".repeat(32)}, secret_file: k }\n`;
  const [second] = complaints(t, { file, files: { k: "y".repeat(32) } });
  assert.equal(
    second,
    'error: config.yaml:3: "session.secret_file" must not stand beside session.secret, got 1 bytes',
  );
});

test("a secret of the environment takes the place of either form in the file", (t) => {
  const file = `${goodFile}session: { secret_file: gone }\n`;
  const config = loaded(t, { file, env: { HERMES_GATE_SESSION_SECRET: "x".repeat(32) } });
  assert.deepEqual(config.session.secrets, ["x".repeat(32)]);
  assert.equal(config.session.secretSource, "settings");
});

test("a secret's file holds one a line, its path counts from the configuration's folder", (t) => {
  const secrets = ["n".repeat(32), "o".repeat(40)];
  const config = loaded(t, {
    file: `${goodFile}session: { secret_file: key }\n`,
    files: { key: `${secrets.join("\n")}\n` },
  });
  assert.deepEqual(config.session.secrets, secrets);
});

test("S56: a session secret of less than 32 bytes is refused, without being shown", (t) => {
  const lines = complaints(t, {
    file: goodFile,
    env: { HERMES_GATE_SESSION_SECRET: "correct-horse-battery-staple-31" },
  });
  assert.deepEqual(lines, [
    'error: HERMES_GATE_SESSION_SECRET: "session.secret" must be a secret of at least 32 bytes, got 31 bytes',
    "hint: make one with: hermes-gate keygen",
  ]);
});

test("S117: a malformed public_url is one warning, and the next source counts", (t) => {
  const env = {
    HERMES_DASHBOARD_PUBLIC_URL: '"https://a.example"',
    HERMES_GATE_PUBLIC_URL: "https://b.example/h/",
  };
  const config = loaded(t, { file: `${goodFile}public_url: https://c.example\n`, env });
  assert.equal(config.publicUrl?.url(""), "https://b.example/h");
  assert.deepEqual(
    config.warnings.filter((line) => line.includes("public_url")),
    [
      'HERMES_DASHBOARD_PUBLIC_URL: "public_url" must hold no quotes or angle brackets: it is ignored; write "https://a.example"',
    ],
  );
});

test("S117: at a reload a malformed public_url of the file is an error, and one of the environment a warning still", (t) => {
  const wrong = `${goodFile}public_url: dash.example\n`;
  assert.match(complaints(t, { file: wrong, mode: "reload" })[0] ?? "", /"public_url" must start/);
  const env = { HERMES_GATE_PUBLIC_URL: "dash.example" };
  const right = `${goodFile}public_url: https://dash.example\n`;
  const config = loaded(t, { file: right, env, mode: "reload" });
  assert.equal(config.publicUrl?.url(""), "https://dash.example");
  assert.equal(config.warnings.length, 1);
});

test("S117: a malformed public_url is an error for check-config", (t) => {
  const lines = complaints(t, { file: `${goodFile}public_url: dash.example\n`, mode: "check" });
  assert.equal(lines[0], 'error: config.yaml:3: "public_url" must start with http:// or https://');
});

test("--insecure is refused unless the gate listens on loopback", (t) => {
  const parts = { file: 'upstream: ":1"\n', insecure: true };
  assert.equal(loaded(t, parts).insecure, true);
  assert.equal(loaded(t, { ...parts, flags: { "--listen": "unix:/run/x.sock" } }).insecure, true);
  for (const listen of [
    ":4180",
    "0.0.0.0:1",
    "10.0.0.1:1",
    "169.254.0.1:1",
    "100.64.0.1:1",
    "[fe80::1]:1",
  ]) {
    const [line] = complaints(t, { ...parts, flags: { "--listen": listen } });
    assert.match(
      line ?? "",
      /^error: --listen: "listen" must be 127\.0\.0\.1, ::1, localhost or a Unix socket/,
    );
  }
});

test("S116: a file that is missing, unreadable as YAML or no map is told with its place", (t) => {
  const folder = temporaryFolder(t);
  const rows: readonly (readonly [text: string, line: RegExp])[] = [
    ["a: 1\na: 2\n", /^error: config\.yaml:2: the file is not valid YAML: map keys must be unique/],
    ["a: [1\n", /^error: config\.yaml:2: the file is not valid YAML/],
    ["a: 1\n---\nb: 2\n", /^error: config\.yaml:\d: the file is not valid YAML/],
    ["- a\n", /^error: config\.yaml:1: the file must hold a map of settings$/],
    [
      `a: &a [x]\nb: [${"*a, ".repeat(200)}*a]\n`,
      /^error: config\.yaml:1: the file has too many aliases/,
    ],
  ];
  for (const [file, line] of rows) assert.match(complaints(t, { folder, file })[0] ?? "", line);
});

test("the state directory follows setting, XDG_STATE_HOME and HOME, and ignores a relative XDG_STATE_HOME", (t) => {
  const folder = temporaryFolder(t);
  const of = (env: Record<string, string>, file = goodFile) =>
    loaded(t, { folder, file, env, mode: "read" }).stateDir;
  assert.equal(of({ HOME: "/h" }), "/h/.local/state/hermes-gate");
  assert.equal(of({ HOME: "/h", XDG_STATE_HOME: "/x" }), "/x/hermes-gate");
  assert.equal(of({ HOME: "/h", XDG_STATE_HOME: "x" }), "/h/.local/state/hermes-gate");
  assert.equal(of({ HERMES_GATE_STATE_DIR: "/s" }), "/s");
  assert.equal(of({}, `${goodFile}state_dir: st\n`), join(folder, "st"));
});

test("checking and reading make no file, serving makes the key file, a faulty configuration none", (t) => {
  const folder = temporaryFolder(t);
  const key = join(folder, "home/.local/state/hermes-gate/session.key");
  for (const mode of ["check", "read"] as const)
    assert.ok(load(t, { folder, file: goodFile, mode }).ok);
  assert.equal(load(t, { folder, file: `${goodFile}bogus: 1\n` }).ok, false);
  assert.equal(existsSync(key), false);
  const config = loaded(t, { folder, file: goodFile });
  assert.equal(config.session.secretSource, "file");
  assert.equal(existsSync(key), true);
});

test("reads the upstream's certificates, and says when they have no use", (t) => {
  const folder = temporaryFolder(t);
  const pem = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
  writeFileSync(join(folder, "ca.pem"), pem);
  const file = `${goodFile}upstream_options: { ca_file: ca.pem }\n`;
  const https = loaded(t, { folder, file, flags: { "--upstream": "https://dash" } });
  assert.equal(https.upstream.ca, pem);
  assert.ok(
    loaded(t, { folder, file }).warnings.some((line) => line.includes("ca_file has no use")),
  );
  writeFileSync(join(folder, "ca.pem"), "no certificate");
  assert.match(complaints(t, { folder, file })[0] ?? "", /must name a file of PEM certificates/);
});
