/** What the doctor says of a store that cannot be used: what was found there, and which part of the setting mends it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { nodeRuntime } from "../../src/base/runtime.ts";
import { checkStore } from "../../src/commands/doctor-store.ts";
import { readStore } from "../../src/config/store-setting.ts";
import { makeCertificate } from "../outer/certificate.ts";
import { temporaryFolder } from "../support/config.ts";
import { listening } from "../support/listening.ts";
import { startRedis } from "../support/redis-server.ts";

async function found(url: string) {
  const setting = readStore(url);
  assert.ok(setting.ok);
  const [finding, ...more] = await checkStore(setting.value, nodeRuntime);
  assert.ok(finding !== undefined && more.length === 0);
  assert.doesNotMatch(JSON.stringify(finding), /hunter2/);
  const { state, text, mend = [] } = finding;
  return { state, text, mend: [mend].flat().join("; ") };
}

/** Greets each connection with this, then ends it or waits. */
const greeting = (t: TestContext, text: string, then: "ends" | "waits") =>
  listening(
    t,
    createServer((socket) => {
      socket.on("error", () => {}).resume();
      socket.write(text);
      if (then === "ends") socket.end();
    }),
  );

function tlsPlace(t: TestContext): Promise<string> {
  const { certFile, keyFile } = makeCertificate(temporaryFolder(t), ["127.0.0.1"]);
  const pair = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
  const server = createTlsServer(pair, (socket) => socket.on("error", () => {}));
  return listening(
    t,
    server.on("tlsClientError", () => {}),
  );
}

/** Says these lines to the server, each of which it takes. */
async function tell(port: number, ...lines: readonly string[]): Promise<void> {
  const socket = createConnection({ port, host: "127.0.0.1" });
  for (const line of lines) {
    socket.write(`${line}\r\n`);
    const [said] = await once(socket, "data");
    assert.equal(String(said), "+OK\r\n", line);
  }
  socket.destroy();
}

interface Row {
  readonly at: (t: TestContext) => Promise<string> | string;
  readonly says: string;
  readonly mend: RegExp;
}

const withoutRedis: Readonly<Record<string, Row>> = {
  "a port on which nothing listens": {
    at: () => "redis://:hunter2@127.0.0.1:1",
    says: "nothing listens there (ECONNREFUSED)",
    mend: /^start it, or correct host and port in store$/,
  },
  "a name that is none": {
    at: () => "redis://redis.invalid",
    says: "this machine cannot resolve that name",
    mend: /^correct the host in store/,
  },
  "another protocol": {
    at: async (t) => `redis://${await greeting(t, "HTTP/1.1 400 Bad Request\r\n\r\n", "ends")}`,
    says: "what listens there is no Redis",
    mend: /correct host and port/,
  },
  "a server that hangs up": {
    at: async (t) => `redis://${await greeting(t, "", "ends")}`,
    says: "it closed the connection without an answer",
    mend: /^write rediss:\/\/ where it speaks TLS/,
  },
  "a server that says nothing": {
    at: async (t) => `redis://${await greeting(t, "", "waits")}`,
    says: "it takes the connection and does not answer in time",
    mend: /^look whether it hangs/,
  },
  "redis:// before a server of TLS": {
    at: async (t) => `redis://${await tlsPlace(t)}`,
    says: "it closed the connection without an answer",
    mend: /^write rediss:\/\/ where it speaks TLS/,
  },
  "rediss:// before a server that greets in clear": {
    at: async (t) => `rediss://${await greeting(t, "220 mail\r\n", "waits")}`,
    says: "what listens there speaks no TLS, or another version of it (ERR_SSL_WRONG_VERSION_NUMBER)",
    mend: /^write redis:\/\/ where it speaks no TLS/,
  },
  "rediss:// before a server that hangs up": {
    at: async (t) => `rediss://${await greeting(t, "", "ends")}`,
    says: "it closed the connection without an answer (ECONNRESET)",
    mend: /^write redis:\/\/ where it speaks no TLS/,
  },
  "a certificate of nobody's": {
    at: async (t) => `rediss://${await tlsPlace(t)}`,
    says: "its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)",
    mend: /NODE_EXTRA_CA_CERTS/,
  },
};

for (const [name, { at, says, mend }] of Object.entries(withoutRedis)) {
  test(`tells ${name}`, async (t) => {
    const { state, text, mend: told } = await found(await at(t));
    assert.equal(state, "fail");
    assert.match(text, /^asked rediss?:\/\/[\w.]+:\d+\/0 for a key: /);
    // A machine without a way to DNS has another code for that.
    const said = text.split(" for a key: ")[1]?.replace(/ \((ENOTFOUND|EAI_AGAIN)\)$/, "");
    assert.equal(said, says);
    assert.match(told, mend);
  });
}

test("tells what a Redis wants that it does not get, and nothing of one that answers", async (t) => {
  const redis = await startRedis(t, { password: "hunter2" });
  if (redis === undefined) return;
  const { port } = redis;
  const at = (user: string, database = "") => found(`redis://${user}127.0.0.1:${port}/${database}`);
  const told = async (user: string, database?: string) => {
    const { state, text, mend } = await at(user, database);
    assert.equal(state, "fail", text);
    return `${text.split(" for a key: ")[1]}; ${mend}`;
  };
  const auth = "AUTH hunter2";
  assert.equal((await at(":hunter2@")).state, "ok");
  assert.match(await told(""), /^it wants a password, and store has none \(NOAUTH\); write user/);
  for (const user of [":other@", "bob:hunter2@"]) {
    assert.match(await told(user), /^it refuses user and password \(WRONGPASS\); correct user/);
  }
  assert.match(await told(":hunter2@", "99"), /^it has no database of that number; correct the/);
  await tell(port, auth, "ACL SETUSER low on >hunter2 ~hermes-gate:* +info +select +client");
  assert.match(await told("low:hunter2@"), /^its user may not do what a gate has to \(NOPERM\); /);
  await tell(port, auth, "REPLICAOF 127.0.0.1 1");
  assert.match(await told(":hunter2@"), /^it is a replica, which only reads \(READONLY\); name/);
});

test("tells rediss:// before a Redis without TLS", async (t) => {
  const redis = await startRedis(t);
  if (redis === undefined) return;
  const { text, mend } = await found(redis.url.replace("redis:", "rediss:"));
  assert.match(text, /: no TLS connection in time \(ETIMEDOUT\)$/);
  assert.match(mend, /^write redis:\/\/ where it speaks no TLS/);
});
