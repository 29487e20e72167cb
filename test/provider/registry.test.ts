/** Which providers there are, in which order, and why one is missing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Provider } from "../../src/provider/contract.ts";
import { SettingsRefused } from "../../src/provider/deps.ts";
import { buildRegistry, createRegistry } from "../../src/provider/registry.ts";
import type { OidcSettings } from "../../src/provider/settings.ts";
import {
  githubSettings,
  nousSettings,
  oidcSettings,
  providerDeps,
} from "../support/provider-deps.ts";

const unused = () => Promise.reject(new Error("not asked"));

function provider(over: Partial<Provider> = {}): Provider {
  const parts = { startLogin: unused, completeLogin: unused, refresh: unused };
  return { name: "one", displayName: "One", ...parts, ...over };
}

test("keeps the order and finds by name", () => {
  const registry = createRegistry([provider({ name: "b" }), provider({ name: "a" })]);
  assert.deepEqual(
    registry.providers.map(({ name }) => name),
    ["b", "a"],
  );
  assert.equal(registry.find("a")?.name, "a");
  assert.equal(registry.find("A"), undefined);
  assert.equal(registry.find("__proto__"), undefined);
});

const incomplete: readonly { name: string; over: object; message: RegExp }[] = [
  {
    name: "without startLogin",
    over: { startLogin: undefined },
    message: /no function "startLogin"/,
  },
  { name: "without completeLogin", over: { completeLogin: undefined }, message: /"completeLogin"/ },
  { name: "with a refresh that is no function", over: { refresh: "yes" }, message: /"refresh"/ },
  { name: "with a verify that is no function", over: { verify: true }, message: /"verify"/ },
  { name: "without name", over: { name: undefined }, message: /"name" must be/ },
  {
    name: "with capitals in its name",
    over: { name: "Idp" },
    message: /"name" must be.*got "Idp"/,
  },
  {
    name: "with a digit first in its name, which no settings could give it",
    over: { name: "2nd" },
    message:
      /^"name" must be lower case letters, digits and "-", a letter first, 32 at most, got "2nd"$/,
  },
  { name: "with a slash in its name", over: { name: "a/b" }, message: /"name" must be/ },
  { name: "with too long a name", over: { name: "a".repeat(33) }, message: /"name" must be/ },
  { name: "without display name", over: { displayName: " " }, message: /"display_name"/ },
];
for (const { name, over, message } of incomplete) {
  test(`refuses a provider ${name}`, () => {
    const broken = { ...provider(), ...over } as Provider;
    assert.throws(
      () => createRegistry([broken]),
      (error) => {
        assert.ok(error instanceof SettingsRefused);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test("refuses two providers of one name", () => {
  assert.throws(() => createRegistry([provider(), provider()]), /"one" already/);
});

test("builds one of each kind without asking the network", async () => {
  const fetch = unused;
  const settings = [oidcSettings(), nousSettings(), githubSettings()];
  const { registry, skipped } = await buildRegistry(settings, providerDeps({ fetch }));
  assert.deepEqual(
    registry.providers.map(({ name, displayName }) => [name, displayName]),
    [
      ["idp", "Identity provider"],
      ["nous", "Nous Portal"],
      ["github", "GitHub"],
    ],
  );
  assert.deepEqual(skipped, []);
});

test("leaves out what cannot be built, with the reason, and keeps the rest", async () => {
  const settings = [
    nousSettings({ clientId: "instance-7" }),
    oidcSettings({ name: "first" }),
    oidcSettings({ name: "first", issuer: "https://other.example" }),
    githubSettings({ clientSecret: "" }),
  ];
  const { registry, skipped } = await buildRegistry(settings, providerDeps());
  assert.deepEqual(
    registry.providers.map(({ name }) => name),
    ["first"],
  );
  assert.deepEqual(skipped, [
    {
      name: "nous",
      reason:
        '"client_id" must have the form "agent:<instance>", got "instance-7". Copy it from the portal',
    },
    { name: "first", reason: 'there is a provider "first" already. Give one another name' },
    {
      name: "github",
      reason:
        '"client_secret" must not be empty: GitHub wants one of every app. Set client_secret_file',
    },
  ]);
});

const unworkable: readonly { name: string; over: Partial<OidcSettings>; reason: RegExp }[] = [
  {
    name: "an issuer in clear",
    over: { issuer: "http://idp.example" },
    reason: /"issuer" must be an https URL.*got "http:\/\/idp.example"/,
  },
  {
    name: "an issuer with a query",
    over: { issuer: "https://idp.example?x" },
    reason: /without a query/,
  },
  { name: "no client id", over: { clientId: "" }, reason: /"client_id"/ },
  {
    name: "scopes without openid",
    over: { scopes: ["email"] },
    reason: /"scopes" must hold "openid"/,
  },
  {
    name: "S112: the client id as audience",
    over: { audience: "hermes-gate" },
    reason: /"audience" must not be the client id/,
  },
  {
    name: "basic without a secret",
    over: { tokenEndpointAuth: "basic" },
    reason: /needs a client secret/,
  },
  {
    name: "post with an empty secret",
    over: { tokenEndpointAuth: "post", clientSecret: "" },
    reason: /needs a client secret/,
  },
  {
    name: "a parameter that the gate sets",
    over: { extraAuthorizeParams: { state: "x" } },
    reason: /must not name "state"/,
  },
  {
    name: "another response mode",
    over: { extraAuthorizeParams: { response_mode: "form_post" } },
    reason: /"response_mode"/,
  },
];
for (const { name, over, reason } of unworkable) {
  test(`skips an oidc provider with ${name}`, async () => {
    const { registry, skipped } = await buildRegistry([oidcSettings(over)], providerDeps());
    assert.deepEqual(registry.providers, []);
    assert.match(String(skipped[0]?.reason), reason);
  });
}
