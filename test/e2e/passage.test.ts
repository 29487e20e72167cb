/** What passes through the gate: the request as the client sent it, bodies of any size, events as they happen. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type TestContext, test } from "node:test";
import type { Browser } from "../support/browser.ts";
import { readEvents } from "../support/events.ts";
import { signIn } from "../support/sign-in.ts";
import { startProcess } from "./process.ts";
import { startStack } from "./stack.ts";

interface Seen {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
  readonly bytes: number;
}

async function signedIn(t: TestContext) {
  const stack = await startStack(t);
  const alice = stack.browser();
  await signIn(alice, { url: `${stack.url}/` });
  return { ...stack, alice };
}

function valuesOf(seen: Seen, name: string): string[] {
  return seen.headers.filter(
    (_, i) => i % 2 === 1 && seen.headers[i - 1]?.toLowerCase() === name.toLowerCase(),
  );
}

for (const target of [
  "/api/echo/a%2Fb%20c?x=1&x=2&y=%C3%A4+b",
  "/api/echo//double///slash/",
  "/api/echo/dot/./and/../segments",
  "/api/echo/semi;colon=1,comma?q[]=a|b",
  "/api/echo/?",
]) {
  test(`S6: the target ${target} reaches the dashboard byte for byte`, async (t) => {
    const { url, alice } = await signedIn(t);
    const seen = (await alice.fetch(url + target)).json() as Seen;
    assert.equal(seen.target, target);
  });
}

for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]) {
  test(`${method} passes with its body`, async (t) => {
    const { url, alice } = await signedIn(t);
    const body = method === "GET" ? {} : { body: "four" };
    const answer = await alice.fetch(`${url}/api/echo`, { method, ...body });
    const seen = answer.json() as Seen;
    assert.deepEqual([seen.method, seen.bytes], [method, method === "GET" ? 0 : 4]);
  });
}

test("S22, S26: header fields pass as sent, without the gate's cookies and the client's own claims", async (t) => {
  const { url, alice } = await signedIn(t);
  const session = alice.jar.header(new URL(url));
  const answer = await alice.fetch(`${url}/api/echo`, {
    headers: {
      cookie: `theme=dark; ${session}; lang=de`,
      "X-Custom": "  two  words ",
      Authorization: "Token the-dashboards-own",
      "X-Forwarded-User": "root",
      x_forwarded_user: "root",
      "X-Forwarded-Email": "root@example.com",
      "X-Forwarded-For": "192.0.2.7",
      "X-Real-IP": "192.0.2.8",
      Forwarded: "for=192.0.2.9",
      "X-Original-URL": "/admin",
    },
  });
  const seen = answer.json() as Seen;
  assert.deepEqual(valuesOf(seen, "cookie"), ["theme=dark; lang=de"]);
  assert.deepEqual(valuesOf(seen, "x-custom"), ["two  words"]);
  assert.deepEqual(valuesOf(seen, "authorization"), ["Token the-dashboards-own"]);
  assert.deepEqual(valuesOf(seen, "x-forwarded-user"), ["user-alice"]);
  assert.deepEqual(valuesOf(seen, "x-forwarded-email"), ["alice@example.com"]);
  assert.deepEqual(valuesOf(seen, "x_forwarded_user"), []);
  assert.deepEqual(valuesOf(seen, "host"), [new URL(url).host]);
  // The test's own connection is a trusted proxy: loopback.
  assert.deepEqual(valuesOf(seen, "x-forwarded-for"), ["192.0.2.7, 127.0.0.1"]);
  assert.deepEqual(valuesOf(seen, "x-real-ip"), ["192.0.2.7"]);
  assert.deepEqual(valuesOf(seen, "forwarded"), []);
  assert.deepEqual(valuesOf(seen, "x-original-url"), []);
});

test("an event stream arrives event by event, not at its end", async (t) => {
  const { url, alice } = await signedIn(t);
  const events = await readEvents(await alice.stream(`${url}/api/events`), 3);
  const counts = events.map(({ data }) => (JSON.parse(data) as { count: number }).count);
  assert.deepEqual(counts, [1, 2, 3]);
});

const size = 200 * 1024 * 1024;

test("200 MB up and 200 MB down to a slow reader pass in constant memory", async (t) => {
  if (process.platform !== "linux") {
    t.skip("the memory of a process is read from /proc");
    return;
  }
  const { url, alice, gate } = await startProcess(t);
  await signIn(alice, { url: `${url}/` });
  await alice.fetch(`${url}/api/download?bytes=10000000`);
  const before = peakMemory(gate.pid);

  const up = await upload(alice, `${url}/api/upload`);
  assert.equal(up, size);
  const down = await alice.stream(`${url}/api/download?bytes=${size}`);
  assert.equal(await count(down), size);

  const grown = peakMemory(gate.pid) - before;
  assert.ok(grown < 80 * 1024 * 1024, `the gate's peak grew by ${Math.round(grown / 1e6)} MB`);
});

/** Bytes of resident memory at the highest so far. */
function peakMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

async function upload(browser: Browser, url: string): Promise<number> {
  const sent = request(url, {
    method: "POST",
    headers: { cookie: browser.jar.header(new URL(url)) },
  });
  const block = Buffer.alloc(1024 * 1024, 1);
  const body = Readable.from(
    (function* () {
      for (let left = size; left > 0; left -= block.length) yield block;
    })(),
  );
  const answer = new Promise<string>((resolve, reject) => {
    sent.on("error", reject);
    sent.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => resolve(text));
    });
  });
  await pipeline(body, sent);
  return (JSON.parse(await answer) as { bytes: number }).bytes;
}

/** Reads slower than the dashboard sends: what is not held back there piles up in the gate. */
async function count(stream: Readable): Promise<number> {
  let bytes = 0;
  await pipeline(
    stream,
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        setTimeout(done, 1);
      },
    }),
  );
  return bytes;
}
