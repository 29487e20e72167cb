/** What the operator reads at the start: the one banner, and why the gate does not start. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { banner, refusalToStart } from "../src/banner.ts";
import { ConfigError } from "../src/config/problems.ts";
import { createRegistry } from "../src/provider/registry.ts";
import { loaded } from "./support/config.ts";
import { gateProvider } from "./support/gate-provider.ts";
import { logInto } from "./support/session-parts.ts";
import { testRuntime } from "./support/still-clock.ts";

const settings = `
upstream: ":9119"
providers: [{ type: oidc, name: corp, issuer: "https://idp.example", client_id: gate }]
`;

interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

function start(t: TestContext, file: string, insecure = false): readonly Line[] {
  const lines: string[] = [];
  const names = ["corp", "home"];
  banner(logInto(lines), {
    address: "http://127.0.0.1:4180",
    config: loaded(t, { file, insecure }),
    registry: createRegistry(names.map((name) => gateProvider(testRuntime(), { name }))),
    skipped: [{ name: "plug", reason: "its module has no default export" }],
    version: "0.1.0 (abc12345, node v26.0.0)",
  });
  return lines.map((line) => {
    const [, level = "", message = "", json = ""] = /^(\w+) (.*?) (\{.*)$/.exec(line) ?? [];
    return { level, message, fields: JSON.parse(json) };
  });
}

test("one line says where the gate stands, for whom, and what to register", (t) => {
  const file = `${settings}public_url: https://dash.example/hermes/\ngate_base: /gate\n`;
  const [line, ...more] = start(t, file).filter(({ level }) => level === "info");
  assert.deepEqual(more, []);
  assert.equal(
    line?.message,
    "hermes-gate stands at http://127.0.0.1:4180 in front of http://127.0.0.1:9119",
  );
  assert.deepEqual(line?.fields, {
    version: "0.1.0 (abc12345, node v26.0.0)",
    listen: "http://127.0.0.1:4180",
    upstream: "http://127.0.0.1:9119",
    public_base: "https://dash.example/hermes",
    providers: ["corp", "home"],
    redirect_uri: "https://dash.example/hermes/gate/auth/callback",
    store: "memory",
  });
});

test("without public_url the base is taken from each request, and said so", (t) => {
  const line = start(t, settings).find(({ level }) => level === "info");
  assert.equal(line?.fields["public_base"], "from request");
  assert.equal(line?.fields["redirect_uri"], "<public base>/auth/callback");
});

test("a Unix socket of the upstream is named by its path", (t) => {
  const file = settings.replace('":9119"', "unix:/run/dash.sock");
  const line = start(t, file).find(({ level }) => level === "info");
  assert.equal(line?.fields["upstream"], "unix:/run/dash.sock");
});

test("S118: --insecure is loud, and a provider that is left out is named with its reason", (t) => {
  const warnings = (insecure: boolean) =>
    start(t, settings, insecure).filter(({ level }) => level === "warn");
  assert.deepEqual(
    warnings(false).map(({ message, fields }) => [message, fields["provider"]]),
    [["the provider is not used: its module has no default export", "plug"]],
  );
  assert.match(warnings(true).at(-1)?.message ?? "", /^--insecure: there is no sign-in/);
  const line = start(t, settings, true).find(({ level }) => level === "info");
  assert.equal(line?.fields["redirect_uri"], undefined, "there is nothing to register");
});

test("S104: an admin listener beyond loopback is announced by a warning, one on loopback by the banner alone", (t) => {
  const warnings = (at: string) =>
    start(t, `${settings}admin_listen: "${at}"\n`)
      .filter(({ level, message }) => level === "warn" && message.includes("admin"))
      .map(({ message }) => message);
  assert.deepEqual(warnings("127.0.0.1:4181"), []);
  assert.deepEqual(warnings("unix:/run/gate-admin.sock"), []);
  const [beyond, ...more] = warnings(":4181");
  assert.match(beyond ?? "", /^the admin listener is not on loopback: whoever reaches it reads/);
  assert.deepEqual(more, []);
});

test("S116: the refusal to start names each provider that was considered, and the mend", () => {
  const error = refusalToStart([
    { name: "nous", reason: "HERMES_DASHBOARD_OAUTH_CLIENT_ID is not set. Set it." },
    { name: "corp", reason: "its issuer is no URL" },
  ]);
  assert.ok(error instanceof ConfigError);
  assert.equal(
    error.message,
    'error: "providers" must hold a provider that can be used, or nobody could sign in\n' +
      "hint: nous: HERMES_DASHBOARD_OAUTH_CLIENT_ID is not set. Set it.\n" +
      "hint: corp: its issuer is no URL",
  );
});
