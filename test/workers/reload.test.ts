/** New settings for several workers, which are played: what each answers, and what it was told. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { RootLog } from "../../src/base/log.ts";
import { createLog } from "../../src/base/log.ts";
import type { Config } from "../../src/config/config.ts";
import type { Worker } from "../../src/workers/employ.ts";
import { createSettingsOfAll } from "../../src/workers/reload.ts";
import { goodFile, loaded, temporaryFolder } from "../support/config.ts";

const key = "k".repeat(40);

type Word = "can" | "cannot" | "silent";

interface Played extends Worker {
  readonly told: string[];
}

function play(pid: number, word: Word, onAsk: () => void = () => {}): Played {
  const told: string[] = [];
  return {
    pid,
    told,
    send: (order) => told.push(order.kind),
    kill() {},
    async ask({ about }) {
      told.push(about);
      onAsk();
      if (word === "silent") throw new Error("no answer in time");
      const refused = word === "can" ? [] : ["house: its module cannot be loaded"];
      return { changes: { taken: refused.length === 0 ? ["allow"] : [], fixed: [], refused } };
    },
  };
}

function startWith(t: TestContext, workers: Worker[]) {
  const folder = temporaryFolder(t);
  const read = (more: string): Config =>
    loaded(t, { folder, file: `${goodFile}session: { secret: ${key} }\n${more}`, mode: "read" });
  const lines: string[] = [];
  const destination = { write: (text: string) => void lines.push(text) };
  const log: RootLog = createLog({ level: "warn", format: "json", destination });
  const first = read("");
  const settings = createSettingsOfAll(first, { pool: () => ({ all: () => workers }), log });
  return { settings, read, first, lines, log };
}

test("what every worker can take all are told to take", async (t) => {
  const workers = [play(1, "can"), play(2, "can")];
  const { settings, read, lines, log } = startWith(t, workers);
  const next = read("public_paths: [/open]\nlog: { level: debug }\n");
  const { taken, refused } = await settings.reload(next);
  assert.deepEqual([taken, refused], [["log.level", "public_paths"], []]);
  for (const { told } of workers) assert.deepEqual(told, ["settings", "take"]);
  assert.equal(settings.config(), next);
  log.debug({}, "now seen");
  assert.equal(lines.length, 1, "the primary's own log has the new level");
});

for (const word of ["cannot", "silent"] as const) {
  test(`what one worker ${word === "cannot" ? "cannot take" : "does not answer to"} nobody takes`, async (t) => {
    const workers = [play(1, "can"), play(2, word), play(3, word)];
    const { settings, read, first } = startWith(t, workers);
    const { taken, refused } = await settings.reload(read("public_paths: [/open]\n"));
    assert.deepEqual(taken, []);
    assert.equal(refused.length, 1, "two that say the same say it once");
    for (const { told } of workers) assert.deepEqual(told, ["settings"]);
    assert.equal(settings.config(), first);
  });
}

test("a worker that dies while it is asked stands against nothing", async (t) => {
  const workers: Worker[] = [play(1, "can")];
  workers.push(play(2, "silent", () => void workers.pop()));
  const { settings, read } = startWith(t, workers);
  const { refused } = await settings.reload(read("public_paths: [/open]\n"));
  assert.deepEqual(refused, []);
});

test("a worker that was started meanwhile is given the settings too", async (t) => {
  const late = play(2, "can");
  const workers: Worker[] = [play(1, "can", () => void workers.push(late))];
  const { settings, read } = startWith(t, workers);
  await settings.reload(read("public_paths: [/open]\n"));
  assert.deepEqual(late.told, ["settings", "take"]);
});

test("a change that needs a restart is taken by nobody, and the certificates are looked at all the same", async (t) => {
  const workers = [play(1, "can")];
  const { settings, read, first } = startWith(t, workers);
  const { fixed } = await settings.reload(read("workers: 3\npublic_paths: [/open]\n"));
  assert.deepEqual(fixed, ["workers"]);
  assert.deepEqual(workers[0]?.told, ["settings"]);
  assert.equal(settings.config(), first);
});
