import assert from "node:assert/strict";
import { test } from "node:test";
import { readStore, showStore } from "../../src/config/store-setting.ts";
import { complaints, goodFile, loaded } from "../support/config.ts";

const good: readonly (readonly [text: string, expected: object])[] = [
  ["redis://cache", { tls: false, host: "cache", port: 6379, database: 0 }],
  ["redis://cache/", { tls: false, host: "cache", port: 6379, database: 0 }],
  ["redis://10.0.0.7:6380/3", { tls: false, host: "10.0.0.7", port: 6380, database: 3 }],
  ["rediss://[::1]:7000", { tls: true, host: "::1", port: 7000, database: 0 }],
  [
    "redis://:p%40ss@cache",
    { tls: false, host: "cache", port: 6379, database: 0, password: "p@ss" },
  ],
  [
    "REDISS://gate:se:same@cache/15",
    { tls: true, host: "cache", port: 6379, database: 15, username: "gate", password: "se:same" },
  ],
];

for (const [text, expected] of good) {
  test(`reads ${text}`, () => {
    const read = readStore(text);
    assert.ok(read.ok && read.value !== "memory");
    const { shown, ...parts } = read.value;
    assert.deepEqual(parts, expected);
    assert.doesNotMatch(shown, /ss@|same|gate/);
  });
}

const bad: readonly string[] = [
  "disk",
  "Memory",
  "http://cache",
  "redis:cache",
  "redis://",
  "redis://:sesame@",
  "redis://cache:0",
  "redis://cache:99999",
  "redis://cache/one",
  "redis://cache/1/2",
  "redis://cache?password=sesame",
  "redis://cache#sesame",
  "redis://user:ses/ame@cache",
  "redis://user:%zzsesame@cache",
  "redis://a b",
];

for (const text of bad) {
  test(`S101: refuses ${text} without showing it`, (t) => {
    const [error = "", ...hints] = complaints(t, {
      file: goodFile,
      env: { HERMES_GATE_STORE: text },
    });
    assert.match(error, /^error: HERMES_GATE_STORE: "store" must be "memory", "redis:\/\/\[user:/);
    assert.doesNotMatch([error, ...hints].join(), /ses|%zz|got/);
  });
}

test("shows an address without user and password", () => {
  const read = readStore("rediss://gate:sesame@cache:1/2");
  assert.equal(read.ok && showStore(read.value), "rediss://cache:1/2");
  assert.equal(showStore("memory"), "memory");
});

test("is memory when nothing is set", (t) => {
  assert.equal(loaded(t, { file: goodFile }).store, "memory");
});

test("takes the address from a file, by key and by variable", (t) => {
  const files = { store: "redis://:sesame@cache/2\n" };
  const byKey = loaded(t, { file: `${goodFile}store_file: ./store\n`, files });
  const byVariable = loaded(t, { file: goodFile, files, env: { HERMES_GATE_STORE_FILE: "store" } });
  for (const { store } of [byKey, byVariable]) {
    assert.ok(store !== "memory");
    assert.deepEqual([store.password, store.database], ["sesame", 2]);
  }
});

test("S101: refuses a file that holds no address without showing what it holds", (t) => {
  const files = { store: "sesame" };
  const found = complaints(t, { file: `${goodFile}store_file: ./store\n`, files });
  assert.match(found[0] ?? "", /"store_file" must be "memory", "redis:/);
  assert.doesNotMatch(found.join(), /sesame/);
});

test("refuses both forms at once, in the file and in the environment", (t) => {
  const file = `${goodFile}store: redis://cache\nstore_file: ./store\n`;
  assert.match(complaints(t, { file })[0] ?? "", /"store_file" must not stand beside store/);
  const env = { HERMES_GATE_STORE: "redis://cache", HERMES_GATE_STORE_FILE: "store" };
  assert.match(
    complaints(t, { file: goodFile, env })[0] ?? "",
    /HERMES_GATE_STORE and HERMES_GATE_STORE_FILE are both set/,
  );
});

test("a flag goes before the file, in both its forms", (t) => {
  const file = `${goodFile}store_file: ./none\n`;
  assert.equal(loaded(t, { file, flags: { "--store": "memory" } }).store, "memory");
});
