/** What a connection that is kept gathers: a listener left behind by each request would be a leak that no fault shows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../../support/eventually.ts";
import { answerText, type UpstreamConnection } from "../../support/upstream.ts";
import { startStand } from "./stand.ts";

const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";

async function answer(connection: UpstreamConnection, { start }: { readonly start: string }) {
  if (start.startsWith("POST")) await connection.until("a body");
  connection.send(start.startsWith("PUT") ? chunked : answerText("ok"));
}

test("a kept connection has as many listeners after a hundred requests as after three", async (t) => {
  const stand = await startStand(t);
  stand.play(answer);
  const client = await stand.client();

  async function round(): Promise<void> {
    client.send(stand.request("GET /cell"));
    await client.answer();
    client.send(`${stand.request("POST /cell", "Content-Length: 6")}a body`);
    await client.answer();
    client.send(stand.request("PUT /cell", "Content-Length: 0"));
    await client.answer();
  }

  await round();
  const early = await stand.gate.tally();
  for (let rounds = 1; rounds < 33; rounds += 1) await round();
  assert.equal(early.sockets, 2);
  assert.deepEqual(await stand.gate.tally(), early);
  stand.letGo();
  await stand.isAsBefore();
});

test("a client that leaves takes the requests that wait for their turn out of every count", async (t) => {
  const stand = await startStand(t);
  stand.play(() => {});
  const client = await stand.client();
  client.send(stand.request("GET /cell").repeat(3));
  const { link } = await stand.newest();
  client.socket.resetAndDestroy();
  await eventually("the gate gives up the first", () => link.left);
  stand.letGo();
  await stand.isAsBefore();
});
