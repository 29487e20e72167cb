import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog, type LogOptions } from "../../src/base/log.ts";

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

test("an access line carries its fields as they are, marked", () => {
  const { lines, log } = logTo();
  log.access({ method: "GET", path: "/a", status: 200 });
  const { time: _time, ...rest } = JSON.parse(lines[0] ?? "");
  assert.deepEqual(rest, { level: "info", log: "access", method: "GET", path: "/a", status: 200 });
});

test("S102: a path cannot write to the terminal of whoever reads the log", () => {
  for (const format of ["json", "pretty"] as const) {
    const { lines, log } = logTo({ format });
    log.access({ path: "/\x9b31m\x1b[2J\r\n\x7f" });
    log.info({ path: "/\x9b31m\x1b[2J\r\n\x7f" }, "seen \x1b[31m");
    assert.doesNotMatch(lines.join("").replaceAll("\n", ""), /[\x00-\x1f\x7f-\x9f]/);
    assert.equal(lines.length, 2);
    for (const line of lines) assert.equal(line.indexOf("\n"), line.length - 1);
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

test("flushing waits for the destination", async () => {
  let flushed = 0;
  const destination = {
    write() {},
    flush(done?: () => void) {
      flushed += 1;
      done?.();
    },
  };
  const log = createLog({ level: "info", format: "json", destination });
  log.access({ path: "/" });
  assert.equal(flushed, 0, "an access line waits for others");
  log.info({}, "x");
  assert.equal(flushed, 1, "any other line goes out at once");
  await log.flush();
  assert.equal(flushed, 2);
});
