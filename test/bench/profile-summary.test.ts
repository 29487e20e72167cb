import assert from "node:assert/strict";
import { test } from "node:test";
import { type CpuProfile, summarize } from "../../bench/profile-summary.ts";

function node(id: number, functionName: string, url: string) {
  return { id, callFrame: { functionName, url, lineNumber: 9 } };
}

const profile: CpuProfile = {
  nodes: [
    node(1, "(root)", ""),
    node(2, "(idle)", ""),
    node(3, "admit", "file:///home/a/gate/dist/gate/gate.js"),
    node(4, "admit", "file:///home/a/gate/dist/gate/gate.js"),
    node(5, "dispatch", "file:///home/a/gate/node_modules/undici/lib/pool.js"),
    node(6, "inner", "file:///home/a/gate/node_modules/x/node_modules/@y/z/index.js"),
    node(7, "emit", "node:events"),
    node(8, "(garbage collector)", ""),
    node(9, "", "file:///home/a/gate/dist/serve.js"),
    node(10, "writev", ""),
  ],
  samples: [2, 3, 4, 5, 6, 7, 8, 9, 10],
  timeDeltas: [5000, 1000, 2000, 1000, 1000, 1000, 2000, 1000, 1000],
};

test("sums self time up by function, most expensive first, without the time in which it waited", () => {
  const { busyMilliseconds, functions } = summarize(profile, "/home/a/gate");
  assert.equal(busyMilliseconds, 10);
  assert.deepEqual(functions[0], {
    name: "admit dist/gate/gate.js:10",
    milliseconds: 3,
    share: 0.3,
  });
  assert.deepEqual(
    functions.map(({ name }) => name),
    [
      "admit dist/gate/gate.js:10",
      "(garbage collector)",
      "dispatch undici/lib/pool.js:10",
      "inner @y/z/index.js:10",
      "emit node:events:10",
      "(anonymous) dist/serve.js:10",
      "writev",
    ],
  );
});

test("sums it up by folder of the gate, package, and what belongs to nobody", () => {
  const owners = summarize(profile, "/home/a/gate").owners.map(({ name, milliseconds }) => [
    name,
    milliseconds,
  ]);
  assert.deepEqual(Object.fromEntries(owners), {
    "dist/gate": 3,
    undici: 1,
    "@y/z": 1,
    node: 1,
    "(garbage collector)": 2,
    "the rest of the gate": 1,
    "native code": 1,
  });
});
