import assert from "node:assert/strict";
import { test } from "node:test";
import { complaints, loaded } from "../support/config.ts";

const upstream = 'upstream: ":9119"\n';
const nous = { HERMES_DASHBOARD_OAUTH_CLIENT_ID: "agent:abc" };

test("without any provider tells for each kind the setting that makes it", (t) => {
  assert.deepEqual(complaints(t, { file: upstream }), [
    "error: no sign-in provider is usable, so nobody could sign in",
    "hint: nous: HERMES_DASHBOARD_OAUTH_CLIENT_ID is not set. Set it to the client id that the portal gave this dashboard (agent:...)",
    "hint: oidc: HERMES_GATE_OIDC_ISSUER is not set. Set it, or --issuer, to the URL of your OpenID provider",
    "hint: github: HERMES_GATE_GITHUB_CLIENT_ID is not set. Set it to the client id of your GitHub app",
  ]);
});

test("the environment makes a provider of each kind", (t) => {
  const env = {
    ...nous,
    HERMES_DASHBOARD_PORTAL_URL: "",
    HERMES_GATE_OIDC_ISSUER: "https://idp.example",
    HERMES_GATE_OIDC_CLIENT_ID: "dash",
    HERMES_GATE_OIDC_SCOPES: "openid,email",
    HERMES_GATE_GITHUB_CLIENT_ID: "Iv1",
    HERMES_GATE_GITHUB_CLIENT_SECRET: "s3cret",
    HERMES_GATE_GITHUB_ALLOW_ORGS: "acme",
  };
  const { providers } = loaded(t, { file: upstream, env });
  const common = { keepClaims: [] };
  assert.deepEqual(providers, [
    {
      ...{ ...common, type: "nous", name: "nous", displayName: "Nous Research" },
      ...{ clientId: "agent:abc", portalUrl: "https://portal.nousresearch.com" },
    },
    {
      ...{ ...common, type: "oidc", name: "oidc", displayName: "Single sign-on" },
      ...{ issuer: "https://idp.example", clientId: "dash", scopes: ["openid", "email"] },
      ...{ extraAuthorizeParams: {}, groupsClaim: "groups", sessionSeconds: 28_800 },
      ...{ trustEmail: false, tokenEndpointAuth: "auto" },
    },
    {
      ...{ ...common, type: "github", name: "github", displayName: "GitHub" },
      ...{ clientId: "Iv1", clientSecret: "s3cret", allowOrgs: ["acme"], sessionSeconds: 28_800 },
    },
  ]);
});

test("--issuer and --client-id make one provider, before the environment's", (t) => {
  const env = {
    HERMES_GATE_OIDC_ISSUER: "https://other.example",
    HERMES_GATE_OIDC_CLIENT_SECRET_FILE: "sec",
  };
  const flags = { "--issuer": "https://idp.example", "--client-id": "dash" };
  const [provider] = loaded(t, {
    file: upstream,
    env,
    flags,
    files: { sec: "s3cret\n" },
  }).providers;
  assert.ok(provider?.type === "oidc");
  assert.deepEqual(
    [provider.issuer, provider.clientId, provider.clientSecret],
    ["https://idp.example", "dash", "s3cret"],
  );
});

test("a variable sets the key of the one provider of its type in the file", (t) => {
  const file = `${upstream}providers:\n- { type: oidc, name: work, issuer: "https://idp.example", client_id: a }\n`;
  const { providers } = loaded(t, { file, env: { HERMES_GATE_OIDC_CLIENT_ID: "b" } });
  assert.deepEqual(
    providers.map((provider) => [provider.name, provider.type === "oidc" && provider.clientId]),
    [["work", "b"]],
  );
});

test("a variable for one of several providers of a type is refused as unclear", (t) => {
  const entry = (name: string) =>
    `- { type: oidc, name: ${name}, issuer: "https://${name}.example", client_id: x }\n`;
  const file = `${upstream}providers:\n${entry("a")}${entry("b")}`;
  assert.deepEqual(complaints(t, { file, env: { HERMES_GATE_OIDC_CLIENT_ID: "b" } }), [
    'error: HERMES_GATE_OIDC_CLIENT_ID: the file has 2 providers of type "oidc": which of them is meant is not clear',
    "hint: unset it, and set the value in the file",
  ]);
});

test("a provider that is half set up is skipped with its reason, when another is usable", (t) => {
  const config = loaded(t, {
    file: upstream,
    env: { ...nous, HERMES_GATE_OIDC_ISSUER: "https://idp.example" },
  });
  assert.deepEqual(
    config.providers.map(({ name }) => name),
    ["nous"],
  );
  assert.deepEqual(config.skippedProviders, [
    {
      name: "oidc",
      reason:
        "HERMES_GATE_OIDC_CLIENT_ID is not set. Set it, or --client-id, to the id of the client that you registered there",
    },
  ]);
});

test("a Hermes config.yaml works unchanged, its other sections are left alone", (t) => {
  const file = `model: { default: x }
providers: { mine: { base_url: "http://x" } }
session_reset: { mode: both }
dashboard:
  theme: dark
  public_url: https://dash.example/hermes/
  oauth: { client_id: "agent:abc", portal_url: "" }
`;
  const config = loaded(t, { file, flags: { "--upstream": ":9119" } });
  const [provider] = config.providers;
  assert.ok(provider?.type === "nous");
  assert.deepEqual(
    [provider.clientId, provider.portalUrl],
    ["agent:abc", "https://portal.nousresearch.com"],
  );
  assert.equal(config.publicUrl?.url("/x"), "https://dash.example/hermes/x");
});

test("a Hermes file's problems carry its own names and lines", (t) => {
  const file = "dashboard:\n  oauth:\n    client_id: agent:abc\n    portal_url: ftp://portal\n";
  const [line] = complaints(t, { file, flags: { "--upstream": ":9119" } });
  assert.match(line ?? "", /^error: config\.yaml:4: "dashboard\.oauth\.portal_url" must be a URL/);
});

test("a Hermes file whose client id is blank leaves it to the environment", (t) => {
  const file = 'dashboard: { public_url: "", oauth: { client_id: "" } }\n';
  const flags = { "--upstream": ":9119" };
  assert.equal(loaded(t, { file, flags, env: nous }).providers.length, 1);
  assert.equal(
    complaints(t, { file, flags })[0],
    "error: no sign-in provider is usable, so nobody could sign in",
  );
});

test("dashboard is an unknown key in a file of our own", (t) => {
  const [line] = complaints(t, { file: `${upstream}dashboard: { public_url: "" }\n`, env: nous });
  assert.equal(line, 'error: config.yaml:2: "dashboard" is not a known key');
});

test("two providers of one name are refused", (t) => {
  const entry = '- { type: nous, client_id: "agent:x" }\n';
  const [line] = complaints(t, { file: `${upstream}providers:\n${entry}${entry}` });
  assert.match(
    line ?? "",
    /"providers\[1\]\.name" must have a name of its own, and "nous" is taken/,
  );
});

test("a module's entry keeps its other keys as options, its path counts from the file's folder", (t) => {
  const file = `${upstream}providers: [{ name: house, module: ./house.js, flavour: plain, allow: everyone }]\n`;
  const [provider] = loaded(t, { file }).providers;
  assert.ok(provider?.type === "module");
  assert.match(provider.module, /^\/.*\/house\.js$/);
  assert.deepEqual(provider.options, { flavour: "plain" });
});
