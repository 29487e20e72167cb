/** What an operator reads after one mistake: the real command, its exit code and every line that it writes. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { type CommandParts, run } from "../support/command.ts";
import { temporaryFolder } from "../support/config.ts";
import { listening } from "../support/listening.ts";

const good = ["--upstream", ":9119", "--issuer", "https://idp.example", "--client-id", "dash"];
const withFile = (text: string): CommandParts => ({ files: { "config.yaml": text } });
const provider = "providers: [{ type: oidc, issuer: https://idp.example, client_id: dash }]\n";
const file = (line: string) => withFile(`upstream: ":9119"\n${provider}${line}\n`);

interface Mistake {
  readonly parts: CommandParts;
  readonly code: 64 | 69 | 78;
  readonly says: string;
}

const mistakes: Readonly<Record<string, Mistake>> = {
  "nothing configured": {
    parts: {},
    code: 78,
    says: `error: "upstream" is required
hint: set it by --upstream, HERMES_GATE_UPSTREAM or "upstream" in the file
error: no sign-in provider is usable, so nobody could sign in
hint: nous: HERMES_DASHBOARD_OAUTH_CLIENT_ID is not set. Set it to the client id that the portal gave this dashboard (agent:...)
hint: oidc: HERMES_GATE_OIDC_ISSUER is not set. Set it, or --issuer, to the URL of your OpenID provider
hint: github: HERMES_GATE_GITHUB_CLIENT_ID is not set. Set it to the client id of your GitHub app`,
  },
  "a flag that does not exist": {
    parts: { args: ["--upstrem", ":1"] },
    code: 64,
    says: "error: unknown option '--upstrem'\nhint: did you mean --upstream?",
  },
  "a command that does not exist": {
    parts: { args: ["served"] },
    code: 64,
    says: `error: there is no command "served" here
hint: a command stands before its flags: serve, check-config, healthcheck, doctor, keygen or completion`,
  },
  "an argument for a command that takes none": {
    parts: { args: ["keygen", "key"] },
    code: 64,
    says: "error: too many arguments for keygen: key",
  },
  "no shell to complete for": {
    parts: { args: ["completion"] },
    code: 64,
    says: "error: missing required argument 'shell'\nhint: one of bash, zsh, fish",
  },
  "a shell that is not known": {
    parts: { args: ["completion", "tcsh"] },
    code: 64,
    says: "error: 'tcsh' is no known shell\nhint: one of bash, zsh, fish",
  },
  "a flag without its value": {
    parts: { args: ["--listen"] },
    code: 64,
    says: "error: option '--listen <address>' argument missing",
  },
  "a port without its colon": {
    parts: { args: [...good, "--upstream", "9119"] },
    code: 78,
    says: `error: --upstream: "upstream" must be ":9119", "host:port", "http://host[:port]", "https://host[:port]" or "unix:/path", got "9119"
hint: write ":9119" for a port on 127.0.0.1`,
  },
  "an upstream with a path": {
    parts: { args: [...good, "--upstream", "http://dash/app"] },
    code: 78,
    says: `error: --upstream: "upstream" must be ":9119", "host:port", "http://host[:port]", "https://host[:port]" or "unix:/path", got "http://dash/app"
hint: leave the path away: paths are forwarded as they come`,
  },
  "a port to listen on alone": {
    parts: { args: good, env: { HERMES_GATE_LISTEN: "4180" } },
    code: 78,
    says: `error: HERMES_GATE_LISTEN: "listen" must be ":4180", "host:port" or "unix:/path", got "4180"
hint: write "127.0.0.1:4180", or ":4180" to listen on every interface`,
  },
  "a configuration file that is not there": {
    parts: { args: [...good, "--config", "gate.yaml"] },
    code: 78,
    says: `error: the configuration file "gate.yaml" cannot be read (ENOENT)
hint: name another with --config`,
  },
  "a key twice": {
    parts: withFile(`upstream: ":1"\nupstream: ":2"\n`),
    code: 78,
    says: "error: config.yaml:2: the file is not valid YAML: map keys must be unique",
  },
  "a misspelt key": {
    parts: file("public_path: [/x]"),
    code: 78,
    says: `error: config.yaml:3: "public_path" is not a known key
hint: did you mean "public_paths"?`,
  },
  "everybody as trusted proxy": {
    parts: { args: [...good, "--trusted-proxy", "0.0.0.0/0"] },
    code: 78,
    says: `error: --trusted-proxy: "trusted_proxies[0]" must name your proxies and not everybody, got "0.0.0.0/0"
hint: list the addresses that your own proxies connect from`,
  },
  "a session secret that is too short": {
    parts: { args: good, env: { HERMES_GATE_SESSION_SECRET: "letmein" } },
    code: 78,
    says: `error: HERMES_GATE_SESSION_SECRET: "session.secret" must be a secret of at least 32 bytes, got 7 bytes
hint: make one with: hermes-gate keygen`,
  },
  "a secret in both its forms": {
    parts: {
      args: good,
      env: { HERMES_GATE_SESSION_SECRET: "a", HERMES_GATE_SESSION_SECRET_FILE: "b" },
    },
    code: 78,
    says: `error: HERMES_GATE_SESSION_SECRET and HERMES_GATE_SESSION_SECRET_FILE are both set
hint: unset one of them: HERMES_GATE_SESSION_SECRET_FILE is the safer form`,
  },
  "a secret's file that is not there": {
    parts: { args: good, env: { HERMES_GATE_SESSION_SECRET_FILE: "/nowhere/key" } },
    code: 78,
    says: `error: HERMES_GATE_SESSION_SECRET_FILE: "session.secret_file" must name a file that can be read (ENOENT), got "/nowhere/key"`,
  },
  "a number out of its range": {
    parts: file("websocket: { ticket_ttl_seconds: 300 }"),
    code: 78,
    says: `error: config.yaml:3: "websocket.ticket_ttl_seconds" must be a whole number from 1 to 30, got 300
hint: without it, it is 30`,
  },
  "text for a number": {
    parts: file("session: { refresh_skew_seconds: soon }"),
    code: 78,
    says: `error: config.yaml:3: "session.refresh_skew_seconds" must be a whole number from 0 to 3600, got "soon"
hint: without it, it is 30`,
  },
  "a log level that does not exist": {
    parts: { args: [...good, "--log-level", "loud"] },
    code: 78,
    says: `error: --log-level: "log.level" must be "debug", "info", "warn" or "error", got "loud"
hint: without it, it is "info"`,
  },
  "a store that there is none of": {
    parts: { args: good, env: { HERMES_GATE_STORE: "memcached://:pw@cache" } },
    code: 78,
    says: `error: HERMES_GATE_STORE: "store" must be "memory", "redis://[user:password@]host[:port][/database]" or the same with "rediss://"`,
  },
  "an identity header of HTTP's own": {
    parts: file("identity_headers: { Authorization: email }"),
    code: 78,
    says: `error: config.yaml:3: "identity_headers.Authorization" must not be a header of HTTP itself, or one that the gate sets otherwise, got "email"
hint: use a name of its own, as "X-WEBAUTH-USER"`,
  },
  "an issuer that anybody can join": {
    parts: {
      args: ["--upstream", ":1", "--issuer", "https://accounts.google.com", "--client-id", "x"],
    },
    code: 78,
    says: `error: --issuer: "providers[0].allow" is required: anybody can have an account at Google
hint: set allow.emails or allow.email_domains, or write "allow: everyone" if that is meant`,
  },
  "an allow rule with a wildcard": {
    parts: file('allow: { email_domains: ["*.example.org"] }'),
    code: 78,
    says: `error: config.yaml:3: "allow.email_domains[0]" must be a domain as "example.org": no "@", no "*", got "*.example.org"`,
  },
  "a nous client id that is none": {
    parts: { args: ["--upstream", ":1"], env: { HERMES_DASHBOARD_OAUTH_CLIENT_ID: "0123" } },
    code: 78,
    says: `error: no sign-in provider is usable, so nobody could sign in
hint: nous: HERMES_DASHBOARD_OAUTH_CLIENT_ID must be "agent:" and the instance id. Copy it from the portal as it stands
hint: oidc: HERMES_GATE_OIDC_ISSUER is not set. Set it, or --issuer, to the URL of your OpenID provider
hint: github: HERMES_GATE_GITHUB_CLIENT_ID is not set. Set it to the client id of your GitHub app`,
  },
  "bearers without an audience": {
    parts: file("bearer: true"),
    code: 78,
    says: `error: config.yaml:3: "bearer" needs a provider with an audience to judge tokens by, got true
hint: set "audience" at an oidc provider; a github provider cannot`,
  },
  "an allowed host with a port": {
    parts: { args: good, env: { HERMES_GATE_ALLOWED_HOSTS: "dash.example:443" } },
    code: 78,
    says: `error: HERMES_GATE_ALLOWED_HOSTS: "allowed_hosts[0]" must be a host name without scheme, port or path, got "dash.example:443"
hint: write "dash.example"`,
  },
  "an origin without scheme": {
    parts: file("websocket: { allowed_origins: [app.example] }"),
    code: 78,
    says: `error: config.yaml:3: "websocket.allowed_origins[0]" must be an origin as "https://host[:port]", got "app.example"`,
  },
  "--insecure on every interface": {
    parts: { args: ["--upstream", ":1", "--insecure", "--listen", ":4180"] },
    code: 78,
    says: `error: --listen: "listen" must be 127.0.0.1, ::1, localhost or a Unix socket with --insecure, got ":4180"
hint: drop --insecure: without sign-in the dashboard is open to that whole network`,
  },
  "a socket in a folder that is not there": {
    parts: { args: [...good, "--listen", "unix:/nowhere/gate.sock"] },
    code: 69,
    says: `error: cannot listen on unix:/nowhere/gate.sock (EACCES)
hint: the folder of the socket is missing, or this user may not write in it`,
  },
  "an admin listener on an address of another machine": {
    parts: {
      args: [...good, "--listen", "127.0.0.1:0", "--admin-listen", "203.0.113.1:4181"],
    },
    code: 69,
    says: `error: cannot listen on 203.0.113.1:4181 (EADDRNOTAVAIL)
hint: this machine has no such address: choose one of its own with --admin-listen`,
  },
  "an address of another machine": {
    parts: { args: [...good, "--listen", "203.0.113.1:4180"] },
    code: 69,
    says: `error: cannot listen on 203.0.113.1:4180 (EADDRNOTAVAIL)
hint: this machine has no such address: choose one of its own with --listen`,
  },
};

for (const [name, { parts, code, says }] of Object.entries(mistakes)) {
  test(`tells ${name}, and exits ${code}`, async (t) => {
    const ended = await run(t, parts);
    assert.equal(ended.stderr, `${says}\n`);
    assert.equal(ended.code, code);
  });
}

test("tells a port that is taken, and exits 69", async (t) => {
  const listen = await listening(t, createServer());
  const ended = await run(t, { args: [...good, "--listen", listen] });
  assert.equal(
    ended.stderr,
    `error: cannot listen on ${listen} (EADDRINUSE)\nhint: another process listens there: stop it, or choose another address with --listen\n`,
  );
  assert.equal(ended.code, 69);
});

test("tells a socket that another process listens on, and exits 69", async (t) => {
  const path = join(temporaryFolder(t), "gate.sock");
  const other = createServer().listen(path);
  await once(other, "listening");
  t.after(() => other.close());
  const ended = await run(t, { args: [...good, "--listen", `unix:${path}`] });
  assert.equal(ended.code, 69);
  assert.equal(
    ended.stderr,
    `error: cannot listen on unix:${path} (EADDRINUSE)\nhint: another process listens there: stop it, or choose another address with --listen\n`,
  );
  assert.ok(other.listening && existsSync(path));
});

test("tells a file where the socket is to be, leaves it, and exits 69", async (t) => {
  const path = join(temporaryFolder(t), "gate.sock");
  writeFileSync(path, "somebody's");
  for (const workers of ["1", "2"]) {
    const args = [...good, "--listen", `unix:${path}`, "--workers", workers];
    const ended = await run(t, { args });
    assert.equal(ended.code, 69);
    assert.equal(
      ended.stderr,
      `error: cannot listen on unix:${path} (EADDRINUSE)\nhint: something that is no socket has that name: move it away, or choose another path with --listen\n`,
    );
    assert.equal(readFileSync(path, "utf8"), "somebody's");
  }
});
