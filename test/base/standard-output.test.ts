/** The log of a process whose standard output takes nothing more: a disk that is full, a reader that does not read. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryFolder } from "../support/config.ts";

const written = 10_000;
const more = 8 * 2 + 3;

/** Writes 40 MB of access lines and tells how many MiB its heap holds; at a word it goes on with lines too long for what is left. */
const program = `
import { createLog } from ${JSON.stringify(new URL("../../src/base/log.ts", import.meta.url).href)};
const log = createLog({ level: "info", format: "json" });
for (let count = 0; count < ${written}; count += 1) {
  log.access({ path: "x".repeat(4000) });
  if (count % 4 === 0) await new Promise((resolve) => setImmediate(resolve));
}
// Fills what is left to the last byte, or nearly.
for (let size = 16384; size >= 128; size /= 2) {
  for (let time = 0; time < 2; time += 1) log.info({ pad: "x".repeat(size) }, "more");
}
process.stderr.write(String(process.memoryUsage().heapUsed / 2 ** 20) + "\\n");
process.stdin.once("data", async () => {
  for (let count = 0; count < 3; count += 1) {
    log.info({ pad: "x".repeat(1000) }, "the end");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await log.flush();
  process.exit(0);
});
`;

const node = [process.execPath, "--no-warnings", "--input-type=module", "--eval", program] as const;

function startWriter(t: TestContext, stdout: "pipe" | number, before: readonly string[] = []) {
  const [command = "", ...args] = [...before, ...node];
  const child = spawn(command, args, { stdio: ["pipe", stdout, "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  const heapMib = once(child.stderr ?? child, "data").then(([text]) => Number(text));
  return { child, heapMib };
}

test("S94: a full disk costs a few MiB of memory and the lines, and not the process", async (t) => {
  const full = openSync("/dev/full", "w");
  t.after(() => closeSync(full));
  const { child, heapMib } = startWriter(t, full);
  assert.ok((await heapMib) < 30, `${await heapMib} MiB`);
  child.stdin?.end("on\n");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

interface Line {
  readonly level: string;
  readonly msg?: string;
  readonly lines?: number;
}

/** Every line is whole, and those that are not there are told. */
function checkLines(text: string, gone: number): void {
  const lines: readonly Line[] = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const warned = lines.filter(({ level }) => level === "warn");
  assert.equal(warned.length, 1);
  assert.match(warned[0]?.msg ?? "", /log lines were lost/);
  const came = lines.length - 1;
  assert.equal(gone + came + (warned[0]?.lines ?? 0), written + more);
  assert.ok(came > 500, "what there is room for waits");
  assert.ok(lines.some(({ msg }) => msg === "the end"));
}

test("S94: a reader that does not read loses whole lines, and is told how many when it does", async (t) => {
  const { child, heapMib } = startWriter(t, "pipe");
  assert.ok((await heapMib) < 30, `${await heapMib} MiB`);
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  child.stdin?.end("on\n");
  await once(child, "close");
  checkLines(text, 0);
});

test("the log goes on when there is room on the disk again", async (t) => {
  const path = join(temporaryFolder(t), "log");
  const file = openSync(path, "a");
  t.after(() => closeSync(file));
  // A limit for files is a full disk to whoever writes: 8 or 16 MiB, by the shell.
  const limited = ["sh", "-c", 'trap "" XFSZ; ulimit -f 16384; exec "$@"', "sh"];
  const { child, heapMib } = startWriter(t, file, limited);
  await heapMib;
  const kept = readFileSync(path, "utf8");
  assert.ok(kept.length > 8e6 && kept.length < 20e6, String(kept.length));
  truncateSync(path);
  child.stdin?.end("on\n");
  assert.deepEqual(await once(child, "exit"), [0, null]);
  const torn = kept.slice(kept.lastIndexOf("\n") + 1);
  checkLines(torn + readFileSync(path, "utf8"), kept.split("\n").length - 1);
});
