import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ProviderUnavailable } from "../../src/provider/contract.ts";
import { eventually } from "../support/eventually.ts";
import {
  type GateServer,
  type GateServerOptions,
  nowhere,
  startGateServer,
} from "../support/gate-server.ts";
import { closeFrame, handshakeText } from "../support/raw-websocket.ts";

async function refused(
  t: TestContext,
  lines: (gate: GateServer) => Promise<readonly string[]> | readonly string[],
  options: GateServerOptions = {},
) {
  const gate = await startGateServer(t, nowhere, options);
  const client = await gate.client();
  client.send(handshakeText(gate.host, "/ws", await lines(gate)));
  return { gate, client, answer: await client.answer() };
}

const ours = (gate: GateServer) => `Origin: http://${gate.host}`;

/** Somebody whose provider cannot be asked about the session that has expired. */
async function outage(gate: GateServer): Promise<string> {
  const cookie = await gate.cookieLine();
  gate.runtime.pass(61_000);
  gate.provider.answer = () => Promise.reject(new ProviderUnavailable("down"));
  return cookie;
}

const refusals = [
  {
    name: "no session",
    lines: (gate: GateServer) => [ours(gate)],
    close: { code: 4401, reason: "no valid session or ticket" },
    status: 401,
  },
  {
    name: "an account without access",
    lines: async (gate: GateServer) => [ours(gate), await gate.cookieLine()],
    options: { allow: { global: { emails: [] } } },
    close: { code: 4403, reason: "this account may not use this dashboard" },
    status: 403,
  },
  {
    name: "an outage of the provider",
    lines: async (gate: GateServer) => [ours(gate), await outage(gate)],
    close: { code: 1013, reason: "the sign-in service cannot be reached" },
    status: 503,
  },
] as const;

for (const { name, lines, close, status, ...rest } of refusals) {
  const options = "options" in rest ? rest.options : {};
  test(`S74: a browser is told of ${name} by ${close.code}, with the reason in words`, async (t) => {
    const { client, answer, gate } = await refused(t, lines, options);
    assert.match(answer.start, /^HTTP\/1\.1 101 /);
    assert.deepEqual(await closeFrame(client), close);
    client.socket.end();
    await eventually("the line is written", () => gate.accessLines.length === 1);
    assert.equal(gate.accessLines[0]?.["status"], status);
  });
}

const programs = [
  { name: "no session", lines: () => [], status: 401, error: "unauthenticated" },
  {
    name: "cookies without an origin",
    lines: async (gate: GateServer) => [await gate.cookieLine()],
    status: 403,
    error: "cross_site_request",
  },
] as const;

for (const { name, lines, status, error } of programs) {
  test(`S74: a program is told of ${name} by ${status} and JSON`, async (t) => {
    const { client, answer } = await refused(t, lines);
    assert.match(answer.start, new RegExp(`^HTTP/1\\.1 ${status} `));
    assert.deepEqual(answer.values("connection"), ["close"]);
    assert.deepEqual(answer.values("cache-control"), ["no-store"]);
    assert.equal(JSON.parse(String(answer.body)).error, error);
    assert.equal(await client.closing(), "end");
  });
}

test("S75: a browser of a foreign origin is told 4403", async (t) => {
  const { client, answer } = await refused(t, () => ["Origin: https://evil.example"]);
  assert.match(answer.start, / 101 /);
  const { code, reason } = await closeFrame(client);
  assert.equal(code, 4403);
  assert.equal(reason, "this origin is not allowed");
});

const ticket = `hermes-gate.ticket.${"A".repeat(43)}`;

const protocols = [
  { offered: `${ticket}, app, other`, selected: ["app"] },
  { offered: "app", selected: ["app"] },
  { offered: ticket, selected: [] },
] as const;

for (const { offered, selected } of protocols) {
  test(`S78: of the protocols ${offered.replaceAll("A", "")} selects ${selected.join() || "none"}`, async (t) => {
    const { answer, client } = await refused(t, (gate) => [
      ours(gate),
      `Sec-WebSocket-Protocol: ${offered}`,
    ]);
    assert.match(answer.start, / 101 /);
    assert.deepEqual(answer.values("sec-websocket-protocol"), selected);
    assert.equal((await closeFrame(client)).code, 4401);
  });
}

test("the cookies of a dead session are cleared on the 101, and of nobody else's", async (t) => {
  const { gate, answer } = await refused(t, (started) => [
    ours(started),
    "Cookie: hermes_session_at=garbage",
  ]);
  assert.match(answer.start, / 101 /);
  const cleared = answer.values("set-cookie");
  assert.ok(cleared.length >= 2 && cleared.every((cookie) => cookie.includes("Max-Age=0")));
  const next = await gate.client();
  next.send(handshakeText(gate.host, "/ws", [ours(gate)]));
  assert.deepEqual((await next.answer()).values("set-cookie"), []);
});

test("cookies of a refusal that failed are not given to the next", async (t) => {
  const gate = await startGateServer(t, nowhere);
  const broken = await gate.client();
  const dead = ["Cookie: hermes_session_at=garbage", "Sec-WebSocket-Protocol: a,,b"];
  broken.send(handshakeText(gate.host, "/ws", [ours(gate), ...dead]));
  assert.match((await broken.answer()).start, / 400 /);
  const next = await gate.client();
  next.send(handshakeText(gate.host, "/ws", [ours(gate)]));
  const answer = await next.answer();
  assert.match(answer.start, / 101 /);
  assert.deepEqual(answer.values("set-cookie"), []);
});

test("S88: a refused program that has sent more, and reads late, finds the whole answer", async (t) => {
  const gate = await startGateServer(t, nowhere);
  const client = await gate.client();
  client.socket.pause();
  client.send(handshakeText(gate.host, "/ws"));
  client.send(Buffer.alloc(8_000_000, "x"));
  await eventually("all is sent", () => client.socket.writableLength === 0);
  client.socket.resume();
  const answer = await client.answer();
  assert.match(answer.start, / 401 /);
  assert.equal(JSON.parse(String(answer.body)).reason, "no_cookie");
});

test("a refused browser that never closes is cut", async (t) => {
  const { client } = await refused(t, (gate) => [ours(gate)]);
  await closeFrame(client);
  await client.closing();
});

const faults = [
  { name: "a missing key", from: /sec-websocket-key: .*\r\n/, to: "", status: 400 },
  { name: "an old version", from: "version: 13", to: "version: 8", status: 426 },
] as const;

for (const { name, from, to, status } of faults) {
  test(`S79: ${name} is ${status}, and says what is wanted`, async (t) => {
    const gate = await startGateServer(t, nowhere);
    const client = await gate.client();
    client.send(handshakeText(gate.host, "/ws", [ours(gate)]).replace(from, to));
    const answer = await client.answer();
    assert.match(answer.start, new RegExp(` ${status} `));
    assert.deepEqual(answer.values("sec-websocket-version"), ["13"]);
    assert.equal(await client.closing(), "end");
  });
}
