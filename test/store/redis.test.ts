import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { silentLog } from "../../src/base/log.ts";
import { nodeRuntime } from "../../src/base/runtime.ts";
import { type Store, StoreUnavailable } from "../../src/store/contract.ts";
import { openRedisStore } from "../../src/store/redis.ts";
import { storeContract } from "../contract/store.ts";
import { eventually } from "../support/eventually.ts";
import { type RedisServer, startRedis } from "../support/redis-server.ts";
import { logInto } from "../support/session-parts.ts";
import { startRelay } from "../support/silent-relay.ts";

/** One client; `logged` takes its log. */
async function client(t: TestContext, redis: RedisServer, logged?: string[]): Promise<Store> {
  const log = logged === undefined ? silentLog : logInto(logged);
  const store = await openRedisStore({ address: redis.address, runtime: nodeRuntime, log });
  t.after(() => store.close());
  return store;
}

const passed = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms + 5));

storeContract("redis", async (t) => {
  const redis = await startRedis(t);
  if (redis === undefined) return undefined;
  return { store: await client(t, redis), other: await client(t, redis), pass: passed };
});

test("a process that starts later hears what is kept, and not what is over or was never kept", async (t) => {
  const redis = await startRedis(t);
  if (redis === undefined) return;
  const store = await client(t, redis);
  await store.publish("ended", "kept", 60_000);
  await store.publish("ended", "for a moment", 1);
  await store.publish("ended", "passing", 0);
  await passed(1);
  const heard: string[] = [];
  await (await client(t, redis)).subscribe("ended", (message) => heard.push(message));
  assert.deepEqual(heard, ["kept"]);
});

test("hears every kept message, however many there are", async (t) => {
  const redis = await startRedis(t);
  if (redis === undefined) return;
  const store = await client(t, redis);
  const names = Array.from({ length: 3000 }, (_, index) => `message ${index}`);
  for (let from = 0; from < names.length; from += 100) {
    const batch = names.slice(from, from + 100);
    await Promise.all(batch.map((name) => store.publish("ended", name, 60_000)));
  }
  const heard = new Set<string>();
  await (await client(t, redis)).subscribe("ended", (message) => heard.add(message));
  assert.equal(heard.size, names.length);
});

test("while the server is away everything fails at once, and is told once; it comes back by itself", async (t) => {
  const redis = await startRedis(t);
  if (redis === undefined) return;
  const logged: string[] = [];
  const store = await client(t, redis, logged);
  await store.put("key", "value", 60_000);
  await redis.stop();
  const started = performance.now();
  const operations = [
    () => store.put("key", "value", 1000),
    () => store.putIfAbsent("key", "value", 1000),
    () => store.get("key"),
    () => store.take("key"),
    () => store.prolong("key", "value", 1000),
    () => store.publish("ended", "message", 0),
    () => store.publish("ended", "message", 1000),
  ];
  for (const operation of operations) await assert.rejects(operation, StoreUnavailable);
  assert.ok(performance.now() - started < 400, "no operation waited");
  await redis.start();
  await eventually("the store answers", () => logged.some((line) => line.startsWith("info")));
  assert.equal(await store.get("key"), "value");
  assert.deepEqual(
    logged.map((line) => line.slice(0, 27)),
    ["error the store does not an", "info the store answers agai"],
  );
  assert.match(logged[0] ?? "", /"store":"redis:\/\/127\.0\.0\.1:\d+\/0"/);
});

test("after an outage it hears what was kept meanwhile, and what is sent from then on", async (t) => {
  const redis = await startRedis(t);
  if (redis === undefined) return;
  const heard: string[] = [];
  const store = await client(t, redis);
  await store.subscribe("ended", (message) => heard.push(message));
  await redis.stop();
  await redis.start();
  const other = await client(t, redis);
  await other.publish("ended", "meanwhile", 60_000);
  await eventually("it is heard", () => heard.includes("meanwhile"));
  await other.publish("ended", "from then on", 0);
  await eventually("it is heard too", () => heard.includes("from then on"));
});

test("a server that hangs fails each operation within a second, and what it did hear is heard", async (t) => {
  const redis = await startRedis(t);
  if (redis === undefined) return;
  const heard: string[] = [];
  const store = await client(t, redis);
  await store.subscribe("ended", (message) => heard.push(message));
  redis.freeze();
  t.after(redis.thaw);
  const started = performance.now();
  await assert.rejects(store.get("key"), StoreUnavailable);
  assert.ok(performance.now() - started < 1000);
  redis.thaw();
  await (await client(t, redis)).publish("ended", "after", 60_000);
  await eventually("it is heard", () => heard.includes("after"));
});

test("S68: connections that die without a word are noticed and replaced", async (t) => {
  const redis = await startRedis(t);
  if (redis === undefined) return;
  const relay = await startRelay(t, redis.port);
  const heard: string[] = [];
  const store = await client(t, { ...redis, address: { ...redis.address, port: relay.port } });
  await store.subscribe("ended", (message) => heard.push(message));
  await store.put("key", "value", 60_000);
  relay.fallSilent();
  await assert.rejects(store.get("key"), StoreUnavailable);
  await (await client(t, redis)).publish("ended", "meanwhile", 60_000);
  await eventually("it is heard", () => heard.includes("meanwhile"));
  assert.equal(await store.get("key"), "value");
});

test("joins anew until what was kept could be read", async (t) => {
  const redis = await startRedis(t);
  if (redis === undefined) return;
  const { Redis } = await import("ioredis");
  const operator = new Redis(redis.url);
  t.after(() => operator.disconnect());
  await (await client(t, redis)).publish("ended", "kept", 60_000);
  await operator.call("ACL", "SETUSER", "default", "-zscan");
  const heard: string[] = [];
  await (await client(t, redis)).subscribe("ended", (message) => heard.push(message));
  assert.equal(heard.length, 0);
  await operator.call("ACL", "SETUSER", "default", "+zscan");
  await eventually("it is heard", () => heard.includes("kept"));
});

test("starts without a server, says so once, and takes it when it comes", async (t) => {
  const redis = await startRedis(t);
  if (redis === undefined) return;
  await redis.stop();
  const logged: string[] = [];
  const store = await client(t, redis, logged);
  const heard: string[] = [];
  await store.subscribe("ended", (message) => heard.push(message));
  await assert.rejects(store.get("key"), StoreUnavailable);
  await redis.start();
  await (await client(t, redis)).publish("ended", "hello", 60_000);
  await eventually("it is heard", () => heard.includes("hello"));
  assert.equal(await store.get("key"), undefined);
  assert.match(logged[0] ?? "", /"reason":"ECONNREFUSED"/);
  assert.equal(logged.filter((line) => line.startsWith("error")).length, 1);
});

test("S101: signs in with the password, and shows it nowhere when it is wrong", async (t) => {
  const redis = await startRedis(t, { password: "open sesame" });
  if (redis === undefined) return;
  const store = await client(t, redis);
  await store.put("key", "value", 1000);
  assert.equal(await store.get("key"), "value");

  const logged: string[] = [];
  const address = { ...redis.address, username: "default", password: "wrong-sesame" };
  const wrong = await openRedisStore({ address, runtime: nodeRuntime, log: logInto(logged) });
  t.after(() => wrong.close());
  await assert.rejects(wrong.get("key"), (error: Error) => {
    assert.ok(error instanceof StoreUnavailable);
    assert.doesNotMatch(`${error.message}${error.stack}${JSON.stringify(error)}`, /sesame/);
    return true;
  });
  assert.match(logged.join("\n"), /WRONGPASS/);
  assert.doesNotMatch(logged.join("\n"), /sesame/);
});

test("S94: every value expires by itself", async (t) => {
  const redis = await startRedis(t);
  if (redis === undefined) return;
  const store = await client(t, redis);
  await store.put("one", "value", 150);
  await store.putIfAbsent("two", "value", 150);
  await store.publish("three", "value", 150);
  const { Redis } = await import("ioredis");
  const reader = new Redis(redis.url);
  t.after(() => reader.disconnect());
  assert.equal((await reader.keys("*")).length, 3);
  await passed(200);
  assert.deepEqual(await reader.keys("*"), []);
});

test("S94: keeps no more messages than its limit and gives up those that would go first", async (t) => {
  const redis = await startRedis(t);
  if (redis === undefined) return;
  const options = { address: redis.address, runtime: nodeRuntime, log: silentLog, maxKept: 2 };
  const store = await openRedisStore(options);
  t.after(() => store.close());
  await store.publish("ended", "long", 60_000);
  await store.publish("ended", "short", 10_000);
  await store.publish("ended", "new", 30_000);
  const heard: string[] = [];
  await (await client(t, redis)).subscribe("ended", (message) => heard.push(message));
  assert.deepEqual(heard.toSorted(), ["long", "new"]);
});
