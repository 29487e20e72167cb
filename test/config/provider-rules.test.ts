import assert from "node:assert/strict";
import { test } from "node:test";
import { complaints, loaded } from "../support/config.ts";

const fileOf = (providers: string, more = "") =>
  `upstream: ":9119"\nproviders:\n${providers}\n${more}`;
const oidc = (issuer: string, more = "") =>
  `- { type: oidc, issuer: "${issuer}", client_id: dash${more} }`;

const openIssuers: Readonly<Record<string, string>> = {
  Google: oidc("https://accounts.google.com"),
  "GitLab.com": oidc("https://gitlab.com/"),
  "Microsoft common": oidc("https://login.microsoftonline.com/common/v2.0"),
  "Microsoft organizations": oidc("https://login.microsoftonline.com/organizations/v2.0"),
  "Microsoft, capitals": oidc("HTTPS://Login.MicrosoftOnline.com/Common/v2.0"),
  GitHub: "- { type: github, client_id: x, client_secret: y }",
};

for (const [name, entry] of Object.entries(openIssuers)) {
  test(`S118: refuses to start at ${name} without a rule of who may enter`, (t) => {
    const lines = complaints(t, { file: fileOf(entry) });
    assert.match(
      lines[0] ?? "",
      /^error: config\.yaml:3: "providers\[0\]\.allow" is required: anybody can have an account at /,
    );
    assert.match(
      lines[1] ?? "",
      /^hint: set allow\.emails or allow\.email_domains, or write "allow: everyone"/,
    );
  });

  test(`starts at ${name} with allow: everyone, and warns`, (t) => {
    const { warnings } = loaded(t, { file: fileOf(entry, "allow: everyone\n") });
    assert.ok(warnings.some((line) => line.startsWith("anybody with an account at ")));
  });

  test(`starts at ${name} with a rule`, (t) => {
    const { allow } = loaded(t, { file: fileOf(entry, "allow: { emails: [ada@example.org] }\n") });
    assert.deepEqual(allow.global, {
      ...{ emails: ["ada@example.org"], emailDomains: [], groups: [], subjects: [], claims: {} },
    });
  });
}

test("starts at a tenant of Microsoft, and at GitHub with an organisation", (t) => {
  const tenant = oidc("https://login.microsoftonline.com/3f4b/v2.0");
  assert.equal(loaded(t, { file: fileOf(tenant) }).providers.length, 1);
  const github = "- { type: github, client_id: x, client_secret: y, allow_orgs: [acme] }";
  const config = loaded(t, { file: fileOf(github) });
  assert.equal(config.providers.length, 1);
  assert.deepEqual(config.allow, { providers: {}, memberOf: { github: ["acme"] } });
});

test("S118: warns that every user of a provider may enter when no rule says otherwise", (t) => {
  const { warnings } = loaded(t, { file: fileOf(oidc("https://idp.example")) });
  assert.deepEqual(warnings, ['no "allow" rule: every user of the provider "oidc" may enter']);
});

test("a rule that names nobody is refused", (t) => {
  for (const rule of ["allow: {}", "allow: { emails: [] }"]) {
    const [line] = complaints(t, { file: fileOf(oidc("https://idp.example"), rule) });
    assert.match(line ?? "", /"allow" must name somebody/);
  }
});

test("with several providers, subjects, groups and claims belong to one of them", (t) => {
  const two = `${oidc("https://a.example", ", name: a")}\n${oidc("https://b.example", ", name: b")}`;
  const rule =
    'allow: { emails: [ada@example.org], subjects: ["1"], groups: [g], claims: { c: 1 } }';
  const lines = complaints(t, { file: fileOf(two, rule) }).filter((line) =>
    line.startsWith("hint:"),
  );
  assert.deepEqual(
    lines,
    ["subjects", "groups", "claims"].map((key) => `hint: move it to providers[].allow.${key}`),
  );
});

test("a provider's own rule is kept under its name, and its claims are kept in identities", (t) => {
  const entry = oidc(
    "https://idp.example",
    ", name: work, allow: { claims: { role: admin, level: [1, 2] } }",
  );
  const config = loaded(t, { file: fileOf(entry) });
  const own = config.allow.providers?.["work"];
  assert.ok(typeof own === "object");
  assert.deepEqual(own.claims, { role: ["admin"], level: [1, 2] });
  assert.deepEqual(config.providers[0]?.keepClaims, ["role", "level"]);
});

test("S112: bearer needs a provider with an audience, which is not the client id", (t) => {
  const without = complaints(t, { file: fileOf(oidc("https://idp.example"), "bearer: true\n") });
  assert.match(without[0] ?? "", /"bearer" needs a provider with an audience to judge tokens by/);
  const same = complaints(t, {
    file: fileOf(oidc("https://idp.example", ", audience: dash"), "bearer: true\n"),
  });
  assert.match(same[0] ?? "", /"providers\[0\]\.audience" must not be the client id/);
  const good = fileOf(oidc("https://idp.example", ', audience: "https://dash"'), "bearer: true\n");
  assert.equal(loaded(t, { file: good }).bearer, true);
});

test("scopes without openid and an e-mail rule with a wildcard are refused", (t) => {
  const scopes = complaints(t, { file: fileOf(oidc("https://idp.example", ", scopes: [email]")) });
  assert.match(scopes[0] ?? "", /"providers\[0\]\.scopes" must hold "openid"/);
  const domain = complaints(t, {
    file: fileOf(oidc("https://idp.example"), 'allow: { email_domains: ["*.example.org"] }'),
  });
  assert.match(domain[0] ?? "", /"allow\.email_domains\[0\]" must be a domain as "example\.org"/);
});
