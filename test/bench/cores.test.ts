import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { allowedCores, apart } from "../../bench/cores.ts";
import { startProgram } from "../../bench/process.ts";

const skip = process.platform !== "linux" && "what runs where is told by Linux";
const coresOf = (pid: number) => allowedCores(readFileSync(`/proc/${pid}/status`, "latin1"));

for (const { list, are } of [
  { list: "0", are: [0] },
  { list: "0-1", are: [0, 1] },
  { list: "0-2,5,7-8", are: [0, 1, 2, 5, 7, 8] },
]) {
  test(`reads the cores ${list}`, () => {
    assert.deepEqual(allowedCores(`Cpus_allowed:\tff\nCpus_allowed_list:\t${list}\n`), are);
  });
}

test("who is measured has a core of its own for the time of the work, and only then", {
  skip,
}, async (t) => {
  const options = { directory: process.cwd(), log: "/dev/null" };
  const subject = await startProgram("sleep", ["60"], options);
  t.after(() => subject.stop());
  const upstream = await startProgram("sleep", ["60"], options);
  t.after(() => upstream.stop());
  const all = coresOf(process.pid);
  const own = all.slice(-1);
  // A single core is shared as ever.
  const others = all.length === 1 ? all : all.slice(0, -1);
  await apart(subject.pid, upstream.pid, async () => {
    assert.deepEqual(coresOf(subject.pid), own);
    assert.deepEqual(coresOf(upstream.pid), others);
    const load = await startProgram("sleep", ["60"], options);
    t.after(() => load.stop());
    assert.deepEqual(coresOf(load.pid), others);
  });
  for (const pid of [subject.pid, upstream.pid, process.pid]) assert.deepEqual(coresOf(pid), all);
  await assert.rejects(apart(subject.pid, upstream.pid, () => Promise.reject(new Error("no"))));
  assert.deepEqual(coresOf(subject.pid), all);
});
