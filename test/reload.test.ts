/** What becomes of a configuration that was read again: which providers it may lose, in which order, and what is told of it. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Config, SkippedProvider } from "../src/config/config.ts";
import { createRegistry } from "../src/provider/registry.ts";
import { createReload, type Standing } from "../src/reload.ts";
import { goodFile, loaded, temporaryFolder } from "./support/config.ts";
import { gateProvider } from "./support/gate-provider.ts";
import { logInto, secret } from "./support/session-parts.ts";
import { testRuntime } from "./support/still-clock.ts";

const withSecret = `${goodFile}session: { secret: "${secret}" }\n`;
const provider = (name: string) =>
  `{ type: oidc, name: ${name}, issuer: "https://idp.example", client_id: dash, allow: everyone }`;
const having = (...names: readonly string[]) =>
  withSecret.replace(/providers: .*/, `providers: [${names.map(provider).join(", ")}]`);

interface Parts {
  /** Providers that cannot be built from now on. */
  readonly broken: Set<string>;
  /** Waited for by each building. */
  gate: Promise<void>;
}

function setUp(t: TestContext, ...names: readonly string[]) {
  const runtime = testRuntime();
  const parts: Parts = { broken: new Set(), gate: Promise.resolve() };
  const taken: Standing[] = [];
  const logged: string[] = [];
  const registryOf = (config: Config) =>
    createRegistry(
      config.providers
        .filter(({ name }) => !parts.broken.has(name))
        .map(({ name }) => gateProvider(runtime, { name })),
    );
  const folder = temporaryFolder(t);
  const read = (file: string) => loaded(t, { folder, file });
  const first = read(having(...names));
  const settings = createReload(
    { config: first, registry: registryOf(first) },
    {
      log: logInto(logged),
      take: (standing) => taken.push(standing),
      async build(config) {
        await parts.gate;
        const skipped = config.providers
          .filter(({ name }) => parts.broken.has(name))
          .map(({ name }): SkippedProvider => ({ name, reason: "cannot be built" }));
        return { registry: registryOf(config), skipped };
      },
    },
  );
  return { ...{ settings, parts, taken, logged, read, first } };
}

const none = { taken: [], fixed: [], refused: [] };

test("takes nothing and tells nothing when nothing has changed", async (t) => {
  const { settings, taken, logged, read, first } = setUp(t, "one");
  assert.deepEqual(await settings.reload(read(having("one"))), none);
  assert.deepEqual([taken, logged], [[], []]);
  assert.equal(settings.config(), first);
});

test("a provider may be taken out, and another put in", async (t) => {
  const { settings, taken, read } = setUp(t, "one", "two");
  const next = read(having("two", "three"));
  assert.deepEqual(await settings.reload(next), {
    ...none,
    // The rules of each stand in its entry.
    taken: ["allow", "providers"],
  });
  assert.deepEqual(
    taken[0]?.registry.providers.map(({ name }) => name),
    ["two", "three"],
  );
  assert.equal(settings.config(), taken[0]?.config);
});

test("keeps the providers that there are while none of their settings changes", async (t) => {
  const { settings, taken, read } = setUp(t, "one");
  await settings.reload(read(`${having("one")}api_prefixes: [/v1/]\n`));
  await settings.reload(read(`${having("one")}api_prefixes: [/v2/]\n`));
  assert.equal(taken[1]?.registry, taken[0]?.registry);
});

test("a provider that people use and that cannot be built is told, and nothing is taken", async (t) => {
  const { settings, parts, taken, read, first } = setUp(t, "one", "two");
  parts.broken.add("two");
  const { refused } = await settings.reload(read(`${having("two", "one")}bearer: false\n`));
  assert.deepEqual(refused, ["two: cannot be built"]);
  assert.deepEqual(taken, []);
  assert.equal(settings.config(), first);
});

test("a new one that cannot be built is a warning, as at the start", async (t) => {
  const { settings, parts, taken, logged, read } = setUp(t, "one");
  parts.broken.add("new");
  const { refused } = await settings.reload(read(having("one", "new")));
  assert.deepEqual([refused, taken.length], [[], 1]);
  assert.match(
    logged.join("\n"),
    /^warn the provider is not used: cannot be built \{"provider":"new"\}/m,
  );
});

test("a change that would leave nobody to sign in with is refused, with every reason", async (t) => {
  const { settings, parts, taken, read } = setUp(t, "one");
  parts.broken.add("two").add("three");
  const { refused } = await settings.reload(read(having("two", "three")));
  assert.deepEqual(refused, ["two: cannot be built", "three: cannot be built"]);
  assert.deepEqual(taken, []);
});

test("one that comes while another is judged waits for it, and is judged by what that one left", async (t) => {
  const { settings, parts, taken, read } = setUp(t, "one");
  const building = Promise.withResolvers<void>();
  parts.gate = building.promise;
  const first = settings.reload(read(having("one", "two")));
  const second = settings.reload(read(having("one", "two")));
  const third = settings.reload(read(`${having("one", "two")}api_prefixes: [/v1/]\n`));
  building.resolve();
  assert.deepEqual((await first).taken, ["allow", "providers"]);
  assert.deepEqual((await second).taken, []);
  assert.deepEqual((await third).taken, ["api_prefixes"]);
  assert.equal(taken.length, 2);
});

test("tells the warnings that are new, and no other", async (t) => {
  const { settings, logged, read } = setUp(t, "one");
  const open = having("one").replace(", allow: everyone", "");
  await settings.reload(read(open));
  assert.equal(
    logged.filter((line) => line.includes('every user of the provider "one"')).length,
    1,
  );
  await settings.reload(read(`${open}api_prefixes: [/v1/]\n`));
  assert.equal(logged.length, 1);
});
