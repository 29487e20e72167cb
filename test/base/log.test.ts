import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog, type LogOptions } from "../../src/base/log.ts";
import { eventually } from "../support/eventually.ts";

function logTo(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const destination = { write: (text: string) => void lines.push(text) };
  return { lines, log: createLog({ level: "info", format: "json", destination, ...options }) };
}

test("writes one JSON object a line, with level, time, fields and sentence", () => {
  const { lines, log } = logTo();
  log.warn({ provider: "oidc" }, "the provider is away");
  const { time, ...rest } = JSON.parse(lines[0] ?? "");
  assert.deepEqual(rest, { level: "warn", provider: "oidc", msg: "the provider is away" });
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test("writes nothing below its level", () => {
  const { lines, log } = logTo({ level: "warn" });
  log.debug({}, "a");
  log.info({}, "b");
  log.access({ path: "/" });
  assert.deepEqual(lines, []);
});

test("S101: takes secrets out of fields and sentence", () => {
  const { lines, log } = logTo();
  log.error({ authorization: "abc", url: "/x?ticket=def" }, "failed with Bearer ghijkl");
  for (const secret of ["abc", "def", "ghijkl"]) assert.ok(!lines.join().includes(secret));
});

test("an error keeps its kind, its code and its cause", () => {
  const { lines, log } = logTo();
  log.error(
    {
      err: new TypeError("bad", { cause: Object.assign(new Error("net"), { code: "ECONNRESET" }) }),
    },
    "x",
  );
  const { err } = JSON.parse(lines[0] ?? "");
  assert.deepEqual([err.type, err.message, err.cause.code], ["TypeError", "bad", "ECONNRESET"]);
});

test("an access line carries its fields as they are, marked and with its time", async () => {
  const { lines, log } = logTo({ now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6) });
  log.access({ method: "GET", path: "/a", status: 200 });
  await log.flush();
  assert.deepEqual(lines, [
    '{"level":"info","time":"2026-01-02T03:04:05.006Z","log":"access","method":"GET","path":"/a","status":200}\n',
  ]);
});

test("S102: a path cannot write to the terminal of whoever reads the log", () => {
  for (const format of ["json", "pretty"] as const) {
    const { lines, log } = logTo({ format });
    log.access({ path: "/\x9b31m\x1b[2J\r\n\x7f" });
    log.info({ path: "/\x9b31m\x1b[2J\r\n\x7f" }, "seen \x1b[31m");
    const text = lines.join("");
    assert.doesNotMatch(text.replaceAll("\n", ""), /[\x00-\x1f\x7f-\x9f]/);
    assert.equal(text.split("\n").length, 3);
  }
});

test("pretty is one line for the eye, with colours only where they are wanted", () => {
  const plain = logTo({ format: "pretty" });
  plain.log.info({ listen: ":1", err: new Error("no") }, "up");
  assert.match(plain.lines[0] ?? "", /^\d\d:\d\d:\d\d INFO {2}up listen=:1 err="Error: no"\n$/);
  const coloured = logTo({ format: "pretty", colour: true });
  coloured.log.info({}, "up");
  assert.match(coloured.lines[0] ?? "", /\x1b\[36mINFO/);
});

test("a line that is JSON already passes among the others", () => {
  const { lines, log } = logTo();
  log.line('{"a":1}');
  assert.deepEqual(lines, ['{"a":1}\n']);
});

test("another process's lines pass as they are, behind the lines that waited", () => {
  const { lines, log } = logTo({ format: "pretty" });
  log.access({ path: "/waits" });
  log.passOn('{"b":2}\n{"c":3}\n');
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? "", /waits/);
  assert.equal(lines[1], '{"b":2}\n{"c":3}\n');
});

test("access lines wait for others, in order, and any other line goes out at once", () => {
  const { lines, log } = logTo();
  log.access({ path: "/1" });
  log.access({ path: "/2" });
  assert.deepEqual(lines, []);
  log.info({}, "x");
  assert.match(lines.join(""), /^[^\n]*\/1[^\n]*\n[^\n]*\/2[^\n]*\n[^\n]*"x"[^\n]*\n$/);
});

test("access lines go out by themselves, soon or when they are many", async () => {
  const soon = logTo();
  soon.log.access({ path: "/1" });
  await eventually("the line", () => soon.lines.length === 1);
  const many = logTo();
  for (let index = 0; index < 300; index += 1) many.log.access({ path: "/1" });
  assert.equal(many.lines.length, 1);
});

test("flushing hands on what waits, and then waits for the destination", async () => {
  const seen: string[] = [];
  const destination = {
    write: () => void seen.push("written"),
    flush(done: () => void) {
      seen.push("flushed");
      done();
    },
  };
  const log = createLog({ level: "info", format: "json", destination });
  log.access({ path: "/" });
  await log.flush();
  assert.deepEqual(seen, ["written", "flushed"]);
});
