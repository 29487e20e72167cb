/** What passes through the whole gate on the wire, for somebody signed in: what both ends must not be able to tell. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { nowhere, startGateServer } from "../support/gate-server.ts";
import { requestText } from "../support/raw-client.ts";
import { always, answerText, rawUpstream } from "../support/upstream.ts";

// A proxy that joins repeated fields, or holds a Cookie apart in the wrong place, is found out by dashboards that sign requests.
test("request fields come repeated, in their case and order, long, and in Latin-1", async (t) => {
  const fields = [
    "X-b: 1",
    "x-A: caf\xe9 \xff",
    "X-b: 2",
    "Accept: text/html, */*;q=0.1",
    `X-Long: ${"a".repeat(20_000)}`,
    "X-Empty: ",
    "accept: again",
  ];
  const got = Promise.withResolvers<readonly string[]>();
  const upstream = await rawUpstream(t, async (connection) => {
    got.resolve((await connection.request()).fields);
    connection.send(answerText("x"));
  });
  const gate = await startGateServer(t, upstream.origin);
  const client = await gate.client();
  const cookie = await gate.cookieLine();
  client.send(requestText(["GET / HTTP/1.1", `Host: ${gate.host}`, ...fields, cookie]));
  await client.answer();
  const names = new Set(["x-b", "x-a", "accept", "x-long", "x-empty"]);
  const passed = (await got.promise).filter((line) =>
    names.has(line.slice(0, line.indexOf(":")).toLowerCase()),
  );
  assert.deepEqual(
    passed.map((line) => line.trimEnd()),
    fields.map((line) => line.trimEnd()),
  );
});

// A date has a comma: cookies that were joined to one field cannot be taken apart again.
test("each Set-Cookie of the upstream is a field of its own, the gate's after them", async (t) => {
  const cookies = [
    "a=1; Expires=Wed, 21 Oct 2037 07:28:00 GMT; Path=/",
    "b=2; Expires=Thu, 22 Oct 2037 07:28:00 GMT",
    "b=3",
  ];
  const lines = cookies.map((cookie) => `Set-Cookie: ${cookie}`);
  const upstream = await rawUpstream(t, always(answerText("x", lines)));
  const gate = await startGateServer(t, upstream.origin);
  const cookie = await gate.cookieLine();
  gate.runtime.pass(61_000);
  const client = await gate.client();
  client.send(requestText(["GET / HTTP/1.1", `Host: ${gate.host}`, cookie]));
  const { values } = await client.answer();
  assert.deepEqual(values("set-cookie").slice(0, 3), cookies);
  const own = values("set-cookie").slice(3);
  assert.equal(own.length, 2);
  for (const set of own) assert.match(set, /^hermes_session_(?:at|rt)=[^,]+; /);
});

// The upstream may say 100 though nobody asked it to: that is not for a client that did not either (RFC 9110, 15.2.1).
test("a 100 that the upstream sends unasked is no answer of the client's", async (t) => {
  const upstream = await rawUpstream(t, async (connection) => {
    await connection.requestHead();
    connection.send(`HTTP/1.1 100 Continue\r\n\r\n${answerText("final")}`);
  });
  const gate = await startGateServer(t, upstream.origin);
  const client = await gate.client();
  const cookie = await gate.cookieLine();
  const head = ["PUT / HTTP/1.1", `Host: ${gate.host}`, cookie, "Content-Length: 4"];
  client.send(requestText(head, "body"));
  const { start, body } = await client.answer();
  assert.equal(start, "HTTP/1.1 200 OK");
  assert.equal(String(body), "final");
});

// A monitor that asks with HEAD reads the next answer right behind the head: a body there would be taken for it.
test("the 502 to a HEAD has no body, and the connection serves on", async (t) => {
  const gate = await startGateServer(t, nowhere);
  const client = await gate.client();
  const who = [`Host: ${gate.host}`, await gate.cookieLine()];
  client.send(requestText(["HEAD / HTTP/1.1", ...who]));
  const { start, values } = await client.answer({ bodiless: true });
  assert.equal(start, "HTTP/1.1 502 Bad Gateway");
  assert.notDeepEqual(values("content-length"), ["0"]);
  client.send(requestText(["GET /api/auth/status HTTP/1.1", ...who]));
  assert.equal((await client.answer()).start, "HTTP/1.1 200 OK");
});

// A dashboard polls with a request that is answered when there is news, tonight or tomorrow.
test("S83: a long poll waits past the response time-out once its head has come", async (t) => {
  const news = Promise.withResolvers<void>();
  const upstream = await rawUpstream(t, async (connection) => {
    const { start } = await connection.request();
    if (start.includes("/never")) return;
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
    await news.promise;
    connection.send("news");
  });
  const gate = await startGateServer(t, upstream.origin, { responseTimeoutMs: 150 });
  const who = [`Host: ${gate.host}`, await gate.cookieLine()];
  const [poll, witness] = [await gate.client(), await gate.client()];
  poll.send(requestText(["GET /poll HTTP/1.1", ...who]));
  await poll.until("\r\n\r\n");
  witness.send(requestText(["GET /never HTTP/1.1", ...who]));
  assert.equal((await witness.answer()).start, "HTTP/1.1 504 Gateway Timeout");
  news.resolve();
  assert.equal(String(await poll.bytes(4)), "news");
});

test("S83: without a response time-out a long poll waits for its head as well", async (t) => {
  const news = Promise.withResolvers<void>();
  const upstream = await rawUpstream(t, async (connection) => {
    await connection.request();
    await news.promise;
    connection.send(answerText("news"));
  });
  const patient = await startGateServer(t, upstream.origin, { responseTimeoutMs: 0 });
  const silent = await rawUpstream(t, () => {});
  const impatient = await startGateServer(t, silent.origin, { responseTimeoutMs: 300 });
  const [poll, witness] = [await patient.client(), await impatient.client()];
  const lines = ["GET /poll HTTP/1.1", `Host: ${patient.host}`, await patient.cookieLine()];
  poll.send(requestText(lines));
  const other = ["GET / HTTP/1.1", `Host: ${impatient.host}`, await impatient.cookieLine()];
  witness.send(requestText(other));
  assert.equal((await witness.answer()).start, "HTTP/1.1 504 Gateway Timeout");
  assert.equal(poll.unread.length, 0);
  news.resolve();
  assert.equal(String((await poll.answer()).body), "news");
});

// Node refuses to write such a name after it has taken the upstream's words for the status: "502 OK" would be left.
test("an answer with a field that nobody may pass on is 502 in the gate's own words", async (t) => {
  const upstream = await rawUpstream(t, always(answerText("x", ["X(y): z"], "200 Fine")));
  const gate = await startGateServer(t, upstream.origin);
  const client = await gate.client();
  client.send(requestText(["GET / HTTP/1.1", `Host: ${gate.host}`, await gate.cookieLine()]));
  const { start, body } = await client.answer();
  assert.equal(start, "HTTP/1.1 502 Bad Gateway");
  assert.equal(JSON.parse(String(body)).error, "upstream_invalid");
  assert.match(gate.serverLog.join("\n"), /its answer is not well-formed HTTP/);
});
