/** Providers that the operator brings: what of theirs may be broken without harm. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { InvalidCode } from "../../src/provider/contract.ts";
import { buildRegistry } from "../../src/provider/registry.ts";
import type { ModuleSettings } from "../../src/provider/settings.ts";
import { providerDeps } from "../support/provider-deps.ts";

async function build(t: TestContext, source: string, asUrl = false) {
  const folder = await mkdtemp(join(tmpdir(), "provider-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "provider.mjs");
  await writeFile(file, source);
  const settings: ModuleSettings = {
    type: "module",
    name: "own",
    displayName: "Our own",
    keepClaims: [],
    module: asUrl ? pathToFileURL(file).href : file,
    options: { greeting: "hello" },
  };
  return buildRegistry([settings], providerDeps());
}

const good = `export default async (settings, deps) => ({
  name: settings.name,
  displayName: settings.options.greeting,
  startLogin: async ({ state }) => ({ url: "https://own.example/" + typeof deps.fetch, secrets: { state } }),
  completeLogin: async () => { throw new Error("unused"); },
  refresh: async () => { throw new Error("unused"); },
});`;

for (const asUrl of [false, true]) {
  test(`loads a provider by ${asUrl ? "URL" : "path"}`, async (t) => {
    const { registry, skipped } = await build(t, good, asUrl);
    assert.deepEqual(skipped, []);
    const provider = registry.find("own");
    assert.equal(provider?.displayName, "hello");
    const start = await provider?.startLogin({ redirectUri: "https://dash.example/", state: "s" });
    assert.deepEqual(start, { url: "https://own.example/function", secrets: { state: "s" } });
  });
}

test("loads the example of the documentation, which takes its errors from the gate's kit", async () => {
  const module = join(import.meta.dirname, "../../docs/examples/provider.ts");
  const common = { type: "module", displayName: "Acme", keepClaims: [], module } as const;
  const options = { client_id: "dash", service: "https://accounts.acme.example" };
  const settings: readonly ModuleSettings[] = [
    { ...common, name: "acme", options },
    { ...common, name: "wrong", options: { client_id: "dash" } },
  ];
  const { registry, skipped } = await buildRegistry(settings, providerDeps());
  const start = registry.find("acme")?.completeLogin({
    params: new URLSearchParams({ state: "foreign", code: "c" }),
    secrets: { state: "s" },
    redirectUri: "https://dash.example/auth/callback",
  });
  await assert.rejects(start ?? Promise.resolve(), InvalidCode);
  assert.match(String(skipped[0]?.reason), /failed: "service" must be the URL/);
});

const broken = [
  { name: "does not parse", source: "export default {{", reason: /failed: / },
  {
    name: "throws at import",
    source: "throw new Error('no key file')",
    reason: /failed: no key file/,
  },
  {
    name: "exports nothing by default",
    source: "export const a = 1",
    reason: /no function as its default/,
  },
  {
    name: "exports a value by default",
    source: "export default 7",
    reason: /no function as its default/,
  },
  {
    name: "throws",
    source: "export default () => { throw new Error('bad option') }",
    reason: /failed: bad option/,
  },
  {
    name: "rejects",
    source: "export default async () => { throw 'gone' }",
    reason: /failed: gone/,
  },
  { name: "returns nothing", source: "export default () => {}", reason: /returned no provider/ },
  {
    name: "takes another name",
    source: good.replace("settings.name", "'nous'"),
    reason: /named "nous", but "name" is "own"/,
  },
  {
    name: "lacks a function",
    source: good.replace("refresh:", "renew:"),
    reason: /no function "refresh"/,
  },
];
for (const { name, source, reason } of broken) {
  test(`skips a module that ${name}, and says so`, async (t) => {
    const { registry, skipped } = await build(t, source);
    assert.deepEqual(registry.providers, []);
    assert.match(String(skipped[0]?.reason), reason);
  });
}

test("skips a module that is not there, and names it", async () => {
  const settings: ModuleSettings = {
    type: "module",
    name: "own",
    displayName: "Our own",
    keepClaims: [],
    module: "/nowhere/provider.mjs",
    options: {},
  };
  const { skipped } = await buildRegistry([settings], providerDeps());
  assert.match(String(skipped[0]?.reason), /^the module "\/nowhere\/provider.mjs" failed: /);
});
