import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { silentLog } from "../../src/base/log.ts";
import { makeBase } from "../../src/http/public-base.ts";
import { createReadExchange } from "../../src/server/read-exchange.ts";
import { type GateServerOptions, nowhere, startGateServer } from "../support/gate-server.ts";
import { requestText } from "../support/raw-client.ts";
import { answerText, rawUpstream } from "../support/upstream.ts";

/** A gate without sign-in before an upstream that answers with the head that it got. */
async function echo(t: TestContext, options: GateServerOptions = {}) {
  const upstream = await rawUpstream(t, async (connection) => {
    for (;;) {
      const { start, fields } = await connection.request();
      connection.send(answerText([start, ...fields].join("\n")));
    }
  });
  const gate = await startGateServer(t, upstream.origin, { insecure: true, ...options });
  const client = await gate.client();
  const ask = async (lines: readonly string[]) => {
    client.send(requestText(lines));
    return client.answer();
  };
  return { gate, client, ask, upstream };
}

const spoofed = [
  "X-Forwarded-For: 203.0.113.9",
  "X-Forwarded-Proto: https",
  "X-Forwarded-Host: spoofed.example",
  "X-Forwarded-Prefix: /spoofed",
];

test("S13: believes forwarded fields of a trusted peer", async (t) => {
  const { ask } = await echo(t);
  const { body } = await ask(["GET /x HTTP/1.1", "Host: inner", ...spoofed]);
  const head = String(body).split("\n");
  assert.ok(head.includes("X-Forwarded-For: 203.0.113.9, 127.0.0.1"));
  assert.ok(head.includes("X-Forwarded-Proto: https"));
  assert.ok(head.includes("X-Forwarded-Host: spoofed.example"));
  assert.ok(head.includes("X-Real-IP: 203.0.113.9"));
});

test("S13, S15: takes nothing from an untrusted peer", async (t) => {
  const { ask, gate } = await echo(t, { trustedProxies: ["10.0.0.0/8"] });
  const { body } = await ask(["GET /spoofed/x HTTP/1.1", "Host: inner", ...spoofed]);
  assert.doesNotMatch(String(body), /203\.0\.113\.9|spoofed\.example|X-Forwarded-Prefix/);
  assert.match(String(body), /^GET \/spoofed\/x HTTP\/1\.1\n/);
  assert.match(String(body), /^X-Forwarded-For: 127\.0\.0\.1$/m);
  assert.match(String(body), /^X-Forwarded-Proto: http$/m);
  assert.equal(gate.accessLines[0]?.["ip"], "127.0.0.1");
});

test("S12: a Unix socket's peer is trusted only when that is listed", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "hermes-gate-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  for (const [trustedProxies, expected] of [
    [["127.0.0.0/8"], "unix"],
    [["unix"], "203.0.113.9"],
  ] as const) {
    const path = join(directory, `${expected}.sock`);
    const { ask } = await echo(t, { trustedProxies, path });
    const { body } = await ask(["GET / HTTP/1.1", "Host: inner", ...spoofed]);
    assert.match(String(body), new RegExp(`^X-Real-IP: ${expected}$`, "m"));
  }
});

const ids = [
  { name: "a trusted peer's id", given: "abc-123", expected: "abc-123" },
  { name: "no id with other characters", given: "a b", expected: "id-1" },
  { name: "no id that is too long", given: "x".repeat(129), expected: "id-1" },
  { name: "no id of an untrusted peer", given: "abc", expected: "id-1", trustedProxies: [] },
];

for (const { name, given, expected, ...options } of ids) {
  test(`a request is named by ${name}`, async (t) => {
    const gate = await startGateServer(t, nowhere, options);
    const client = await gate.client();
    client.send(requestText(["GET /login HTTP/1.1", "Host: h", `X-Request-Id: ${given}`]));
    assert.deepEqual((await client.answer()).values("x-request-id"), [expected]);
  });
}

const prefixed = [
  { name: "strips it", keepPrefix: false, sent: "/x?y" },
  { name: "keeps it with keep", keepPrefix: true, sent: "/hermes/x?y" },
];

for (const { name, sent, ...options } of prefixed) {
  test(`of a target with the prefix still in it ${name}`, async (t) => {
    const { ask } = await echo(t, options);
    const prefix = "X-Forwarded-Prefix: /hermes";
    const { body } = await ask(["GET /hermes/x?y HTTP/1.1", "Host: h", prefix]);
    assert.match(String(body), new RegExp(`^GET ${sent.replace("?", "\\?")} HTTP`));
    const stripped = await ask(["GET /x HTTP/1.1", "Host: h", prefix]);
    assert.match(String(stripped.body), /^GET \/x HTTP/);
    const other = await ask(["GET /hermesx HTTP/1.1", "Host: h", prefix]);
    assert.match(String(other.body), /^GET \/hermesx HTTP/);
  });
}

test("S17: a prefix that a header claims opens no public path, one of public_url does", async (t) => {
  const publicPaths = ["/open"];
  const claimed = await startGateServer(t, nowhere, { publicPaths });
  const client = await claimed.client();
  client.send(requestText(["GET /p/open HTTP/1.1", "Host: h", "X-Forwarded-Prefix: /p"]));
  assert.match((await client.answer()).start, / 401 /);
  const publicUrl = makeBase("http", "h", "/p");
  const configured = await startGateServer(t, nowhere, { publicPaths, publicUrl });
  const second = await configured.client();
  second.send(requestText(["GET /p/open HTTP/1.1", "Host: h"]));
  assert.match((await second.answer()).start, / 502 /, "it was forwarded");
});

test("S89: takes the absolute form of a host of ours, and no other", async (t) => {
  const publicUrl = makeBase("https", "gate.example", "");
  const { ask } = await echo(t, { publicUrl });
  for (const target of [
    "http://Inner:81/x",
    "https://gate.example/x",
    "https://gate.example:443/x",
  ]) {
    const { body } = await ask([`GET ${target} HTTP/1.1`, "Host: inner:81"]);
    assert.match(String(body), /^GET \/x HTTP\/1\.1\n/, target);
  }
  for (const target of ["http://evil.example/x", "http://u@inner:81/x", "ftp://inner:81/x"]) {
    const answer = await ask([`GET ${target} HTTP/1.1`, "Host: inner:81"]);
    assert.match(answer.start, / 400 /, target);
    assert.equal(JSON.parse(String(answer.body)).error, "bad_target");
    if (answer.values("connection").includes("close")) break;
  }
});

test("S89: answers OPTIONS * itself", async (t) => {
  const { ask, upstream } = await echo(t);
  const answer = await ask(["OPTIONS * HTTP/1.1", "Host: h"]);
  assert.match(answer.start, / 204 /);
  assert.match(answer.values("allow").join(), /GET.*POST/);
  assert.equal(upstream.taken, 0);
});

for (const request of ["TRACE / HTTP/1.1", "CONNECT evil.example:443 HTTP/1.1"]) {
  test(`S89: answers ${request.split(" ", 1)} 405 with Allow, and closes`, async (t) => {
    const { gate, client, ask } = await echo(t);
    const answer = await ask([request, "Host: h"]);
    assert.match(answer.start, / 405 /);
    assert.match(answer.values("allow").join(), /GET/);
    assert.deepEqual(answer.values("connection"), ["close"]);
    await client.closing();
    assert.equal(gate.accessLines[0]?.["status"], 405);
  });
}

const hosts = [
  { name: "no Host", lines: ["GET / HTTP/1.1"] },
  { name: "no Host in HTTP/1.0", lines: ["GET / HTTP/1.0"] },
  { name: "two Hosts", lines: ["GET / HTTP/1.1", "Host: a", "Host: a"] },
  { name: "userinfo in Host", lines: ["GET / HTTP/1.1", "Host: a@b"] },
];

for (const { name, lines } of hosts) {
  test(`S20: a request with ${name} is 400, and nothing goes upstream`, async (t) => {
    const { ask, upstream } = await echo(t);
    const answer = await ask(lines);
    assert.match(answer.start, / 400 /);
    assert.equal(JSON.parse(String(answer.body)).error, "bad_host");
    assert.equal(upstream.taken, 0);
  });
}

test("S19: with allowed_hosts another host is 400, but for loopback's question for the status", async (t) => {
  const { ask } = await echo(t, { allowedHosts: ["gate.example"] });
  const status = async (lines: readonly string[]) => (await ask(lines)).start.split(" ")[1];
  assert.equal(await status(["GET / HTTP/1.1", "Host: gate.example:4180"]), "200");
  assert.equal(await status(["GET / HTTP/1.1", "Host: evil.example"]), "400");
  assert.equal(await status(["GET /api/auth/status HTTP/1.1", "Host: evil.example"]), "200");
});

test("S92: too many bytes or fields are 431, and delete the login cookies and surplus parts", async (t) => {
  const gate = await startGateServer(t, nowhere, {
    limits: { headerBytes: 4096, headerFields: 20 },
  });
  const pkce = "hermes_session_pkce_abc";
  const large = `Cookie: ${pkce}=x; hermes_session_at=${"a".repeat(5000)}`;
  const many = Array.from({ length: 30 }, (_, index) => `X-${index}: y`);
  for (const lines of [[large], [`Cookie: ${pkce}=x`, ...many]]) {
    const client = await gate.client();
    client.send(requestText(["GET / HTTP/1.1", "Host: h", ...lines]));
    const answer = await client.answer();
    assert.match(answer.start, / 431 /);
    const [deleted = "", ...more] = answer.values("set-cookie");
    assert.ok(deleted.startsWith(`${pkce}=; `) && deleted.includes("Max-Age=0"), deleted);
    assert.deepEqual(more, []);
    await client.closing();
  }
  const client = await gate.client();
  const left = `hermes_session_at=${"a".repeat(4000)}; hermes_session_at.1=${"b".repeat(1000)}`;
  client.send(requestText(["GET / HTTP/1.1", "Host: h", `Cookie: ${left}`]));
  const [deleted = "", ...more] = (await client.answer()).values("set-cookie");
  assert.ok(deleted.startsWith("hermes_session_at.1=; ") && more.length === 0, deleted);
  await client.closing();
});

test("S9: a bug in reading a request is a 500 on a closed connection, and is logged", () => {
  const logged: unknown[] = [];
  const bug = new Error("a bug");
  const readExchange = createReadExchange({
    isTrusted: () => false,
    resolveBase: () => {
      throw bug;
    },
    limits: { maxHeaderBytes: 65_536, maxHeaderFields: 100 },
    keepPrefix: false,
    newRequestId: () => "id-1",
    log: { ...silentLog, error: ({ err }) => logged.push(err) },
    shedCookies: () => [],
  });
  const request = new IncomingMessage(new Socket());
  Object.assign(request, { method: "GET", url: "/x?q=1", httpVersion: "1.1" });
  Object.assign(request, { headers: { host: "h" }, rawHeaders: ["Host", "h"] });
  const read = readExchange(request);
  assert.ok(read.kind === "refused");
  assert.deepEqual([read.reply.status, read.close, read.subject.path], [500, true, "/x"]);
  assert.deepEqual(logged, [bug]);
});
