import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { nowhere, startGateServer } from "../support/gate-server.ts";
import { requestText } from "../support/raw-client.ts";
import { always, answerText, rawUpstream } from "../support/upstream.ts";

/** A request for an own path, whose answer shows that the connection is still good. */
const status = requestText(["GET /api/auth/status HTTP/1.1", "Host: h"]);
const post = (path: string, ...lines: readonly string[]) => [
  `POST ${path} HTTP/1.1`,
  "Host: h",
  ...lines,
];

async function connected(t: TestContext) {
  const gate = await startGateServer(t, nowhere);
  return { gate, client: await gate.client() };
}

test("S88: a small body of an own path is read past, and the connection kept", async (t) => {
  const { client } = await connected(t);
  const head = requestText(post("/auth/logout", "Content-Length: 5"));
  client.send(head);
  const answer = await client.answer();
  assert.match(answer.start, / 200 /, "answered before the body came");
  assert.deepEqual(answer.values("connection").includes("close"), false);
  client.send(`GET /${status}`);
  assert.match((await client.answer()).start, / 200 /);
});

const unread = [
  { name: "a refusal's", lines: post("/x", "Content-Length: 5"), expected: 401 },
  {
    name: "a chunked one of an own path",
    lines: post("/auth/logout", "Transfer-Encoding: chunked"),
    expected: 200,
  },
  {
    name: "a large one of an own path",
    lines: post("/auth/logout", "Content-Length: 20000"),
    expected: 413,
  },
];

for (const { name, lines, expected } of unread) {
  test(`S88: a body that is not read closes the connection: ${name}`, async (t) => {
    const { client } = await connected(t);
    client.send(requestText(lines));
    const answer = await client.answer();
    assert.match(answer.start, new RegExp(` ${expected} `));
    assert.deepEqual(answer.values("connection"), ["close"]);
    // A second request hidden in the body is never answered.
    client.send(status);
    assert.equal(await client.closing(), "end");
    assert.equal(client.unread.length, 0);
  });
}

test("S88: a client that reads only when it has sent its large body finds the whole answer", async (t) => {
  const { client } = await connected(t);
  const size = 8_000_000;
  client.socket.pause();
  client.send(requestText(post("/upload", `Content-Length: ${size}`)));
  client.send(Buffer.alloc(size, "x"));
  await eventually("all is sent", () => client.socket.writableLength === 0);
  client.socket.resume();
  const answer = await client.answer();
  assert.match(answer.start, / 401 /);
  assert.equal(JSON.parse(String(answer.body)).reason, "no_cookie");
  assert.equal(await client.closing(), "end");
});

test("S88: a client that waits for 100 Continue is refused without it", async (t) => {
  const { client } = await connected(t);
  client.send(requestText(post("/x", "Content-Length: 5", "Expect: 100-continue")));
  const answer = await client.answer();
  assert.match(answer.start, / 401 /);
  assert.deepEqual(answer.values("connection"), ["close"]);
  assert.equal(await client.closing(), "end");
});

test("S88: a client that waits for 100 Continue is sent it after the decision", async (t) => {
  const upstream = await rawUpstream(t, always(answerText("done")));
  const gate = await startGateServer(t, upstream.origin);
  const client = await gate.client();
  const cookie = await gate.cookieLine();
  client.send(requestText(post("/x", cookie, "Content-Length: 5", "Expect: 100-continue")));
  assert.match((await client.answer()).start, / 100 /);
  client.send("hello");
  assert.match((await client.answer()).start, / 200 /);
});

test("an expectation that nobody can meet is 417, with the headers of every own answer", async (t) => {
  const { gate, client } = await connected(t);
  client.send(requestText(post("/x", "Content-Length: 5", "Expect: 200-ok")));
  const answer = await client.answer();
  assert.match(answer.start, / 417 /);
  assert.deepEqual(answer.values("cache-control"), ["no-store"]);
  assert.equal(JSON.parse(String(answer.body)).error, "expectation_failed");
  await client.closing();
  assert.equal(gate.accessLines[0]?.["status"], 417);
});

test("the answer to HEAD has the head of GET, and no body", async (t) => {
  const { client } = await connected(t);
  client.send(requestText(["GET /login HTTP/1.1", "Host: h"]));
  const got = await client.answer();
  client.send(requestText(["HEAD /login HTTP/1.1", "Host: h"]));
  const head = await client.answer({ bodiless: true });
  const withoutId = (fields: readonly string[]) =>
    fields.filter((field) => !/^(?:X-Request-Id|Date):/i.test(field));
  assert.deepEqual(withoutId(head.fields), withoutId(got.fields));
  client.send(status);
  assert.match((await client.answer()).start, / 200 /, "nothing stood between");
});

test("the length of an answer is that of its bytes", async (t) => {
  const gate = await startGateServer(t, nowhere, { login: { title: "Grüße ✓" } });
  const client = await gate.client();
  client.send(requestText(["GET /login HTTP/1.1", "Host: h"]));
  const { body, values } = await client.answer();
  assert.deepEqual(values("content-length"), [String(body.length)]);
  assert.match(String(body), /Grüße ✓[\s\S]*<\/html>\s*$/);
});

test("a 204 has no length and no body", async (t) => {
  const { client } = await connected(t);
  client.send(requestText(["OPTIONS * HTTP/1.1", "Host: h"]));
  const { values } = await client.answer();
  assert.deepEqual(values("content-length"), []);
  client.send(status);
  assert.match((await client.answer()).start, / 200 /);
});
