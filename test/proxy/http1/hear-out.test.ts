/** What an upstream said before it reset the connection on a body. All that a test does between two waits comes as one to the gate. */
import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import type { AnswerHandler } from "../../../src/proxy/http1/connection.ts";
import { createConnections } from "../../../src/proxy/http1/connections.ts";
import { requestText } from "../../support/raw-client.ts";
import { answerText, rawUpstream, type UpstreamConnection } from "../../support/upstream.ts";

const quiet = { onBodyWanted() {}, onCaughtUp() {}, onInformation() {} };
const refusal = answerText("too large", [], "413 Content Too Large");

async function startStand(t: TestContext) {
  const taken: PromiseWithResolvers<UpstreamConnection>[] = [];
  const nth = (number: number) => {
    taken[number] ??= Promise.withResolvers();
    return taken[number];
  };
  const upstream = await rawUpstream(t, (connection) => nth(connection.number).resolve(connection));
  const connections = createConnections({
    address: { origin: upstream.origin },
    ...{ connectTimeoutMs: 5000, responseTimeoutMs: 5000 },
  });
  t.after(() => connections.close());

  /** Asks; the answer is its status and body, or how far it had come when it broke. */
  function ask(method: "GET" | "POST", onHead: () => void = () => {}) {
    const body = method === "GET" ? undefined : new IncomingMessage(new Socket());
    const lines = body === undefined ? [] : ["Content-Length: 6"];
    const head = requestText([`${method} / HTTP/1.1`, "Host: h", ...lines]);
    const answer = Promise.withResolvers<string>();
    let text = "";
    const handler: AnswerHandler = {
      ...quiet,
      onHead({ status }) {
        text = `${status} `;
        onHead();
      },
      onData(bytes, start, end) {
        text += bytes.toString("latin1", start, end);
      },
      onEnd: () => answer.resolve(text),
      onFault: (_error, met) => answer.resolve(met),
    };
    const connection = connections.send({ head, method, body, chunked: false }, handler, false);
    return {
      answer: answer.promise,
      push: (piece: string | null) => body?.push(piece),
      connection,
    };
  }
  return { upstream, ask, nth: (number: number) => nth(number).promise };
}

/** An upload in whose middle the upstream refuses it and resets the connection, and whose next piece goes nowhere. */
async function refusedUpload({ ask, nth }: Awaited<ReturnType<typeof startStand>>) {
  const upload = ask("POST");
  upload.push("abc");
  const one = await nth(1);
  await one.until("abc");
  one.send(refusal);
  one.socket.resetAndDestroy();
  upload.push("def");
  return upload;
}

describe("the answer of an upstream that resets the connection on a body", () => {
  it("S88: is heard out, though the next piece of the body cannot be sent", async (t) => {
    const upload = await refusedUpload(await startStand(t));
    assert.equal(await upload.answer, "413 too large");
  });

  it("S88: is waited for while who takes it is held up", async (t) => {
    const { ask, nth } = await startStand(t);
    const begun = Promise.withResolvers<void>();
    const upload = ask("POST", begun.resolve);
    upload.push("abc");
    const one = await nth(1);
    await one.until("abc");
    one.send(refusal.slice(0, -9));
    await begun.promise;
    upload.connection?.pause();
    one.send(refusal.slice(-9));
    one.socket.resetAndDestroy();
    upload.push("def");
    setTimeout(() => upload.connection?.resume(), 50);
    assert.equal(await upload.answer, "413 too large");
  });

  it("S87: leaves a connection that serves no more", async (t) => {
    const stand = await startStand(t);
    const { upstream, ask, nth } = stand;
    const upload = await refusedUpload(stand);
    upload.push(null);
    assert.equal(await upload.answer, "413 too large");
    const next = ask("GET");
    void nth(2).then((two) => two.send(answerText("next")));
    assert.equal(await next.answer, "200 next");
    assert.equal(upstream.taken, 2);
  });

  it("S87: is not taken for the answer to a request that came after it", async (t) => {
    const { ask, nth } = await startStand(t);
    const first = ask("GET");
    const one = await nth(1);
    one.send(answerText("first"));
    assert.equal(await first.answer, "200 first");
    one.send(answerText("", [], "408 Request Timeout"));
    one.socket.resetAndDestroy();
    const upload = ask("POST");
    upload.push("abc");
    assert.equal(await upload.answer, "stale");
  });

  it("is a fault as before when there is none", async (t) => {
    const { ask, nth } = await startStand(t);
    const upload = ask("POST");
    upload.push("abc");
    const one = await nth(1);
    await one.until("abc");
    one.socket.resetAndDestroy();
    upload.push("def");
    assert.equal(await upload.answer, "unanswered");
  });
});
