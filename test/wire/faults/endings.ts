/** What a client can see of a fault: an answer of the gate, a connection that closes, or in the end all that it asked for. */
import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.ts";
import type { Ending, Scene } from "./cell.ts";

function sendMore({ client, more }: Scene): void {
  if (more !== undefined) client.send(more);
}

function sendRest({ upstream, rest }: Scene): void {
  if (rest !== undefined) upstream?.send(rest);
}

/** The client has left in a way that lets it see nothing. */
export const nothing: Ending = {
  sees: "nothing is left",
  async check() {},
};

/** The connection closes, and not a byte more comes before. */
export const closed: Ending = {
  sees: "the client's connection closes without another byte",
  async check({ client }) {
    client.socket.resume();
    assert.equal(String(await client.rest()), "");
  },
};

/** The client has its answer, sends what it has still to send, and sees the end of the connection. */
export const ended: Ending = {
  sees: "the client goes on, and its connection ends",
  async check(scene) {
    sendMore(scene);
    assert.equal(String(await scene.client.rest()), "");
    assert.equal(await scene.client.closing(), "end");
  },
};

/** The answer under way cannot end well, and does not look as if it had. */
export const broken: Ending = { ...closed, sees: "the client's connection breaks" };

/** The same, for a client that would take an end for the end of the answer. */
export const reset: Ending = {
  sees: "the client's connection is reset",
  async check({ client }) {
    assert.equal(await client.closing(), "reset");
    assert.equal(String(client.unread), "");
  },
};

/** The connection to the upstream has no part in it. */
export function apart(ending: Ending): Ending {
  return { ...ending, keeps: true };
}

/** The gate answers by itself, and closes the connection. */
export function refused(status: number): Ending {
  return {
    sees: `the client is told ${status}, and its connection closes`,
    async check({ client }) {
      client.socket.resume();
      const { start, values } = await client.answer();
      assert.match(start, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.deepEqual(values("connection"), ["close"]);
      assert.equal(String(await client.rest()), "");
    },
  };
}

/** The client sends what it has still to send, and is told that the upstream failed. */
export function failed(status: number): Ending {
  return {
    sees: `the client is told ${status}`,
    async check(scene) {
      sendMore(scene);
      const { start, body } = await scene.client.answer();
      assert.match(start, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.match(String(body), /"error":"upstream_/);
    },
  };
}

/** The client goes on, and never learns of the fault. */
export const unnoticed: Ending = {
  sees: "the client is answered all the same",
  async check(scene) {
    sendMore(scene);
    scene.client.socket.resume();
    await scene.whole();
  },
};

/** Nothing is given up while it lasts, for longer than the response time-out; afterwards all comes. */
export const resumed: Ending = {
  sees: "all waits, and comes when the stall is over",
  async check(scene, stand, actor) {
    const { client, link, upstream } = scene;
    if (actor !== "upstream") sendRest(scene);
    await stand.waits();
    if (actor === "client") client.socket.resume();
    else assert.equal(String(client.unread), "");
    if (actor === "connection") link?.resume();
    if (actor === "upstream") {
      upstream?.socket.resume();
      sendRest(scene);
    }
    await scene.whole();
  },
};

/** Both sides of the tunnel end, one after the other. */
export const passedOn: Ending = {
  sees: "the other side sees an end, and ends too",
  async check({ client, upstream }, _stand, actor) {
    const [near, far] = actor === "client" ? [client, upstream] : [upstream, client];
    assert.equal(await far?.closing(), "end");
    far?.socket.end();
    assert.equal(await near?.closing(), "end");
  },
};

/** A break of one side breaks the other. */
export const breaksUpstream: Ending = {
  sees: "the upstream's connection breaks",
  async check({ upstream }) {
    await upstream?.closing();
  },
};

/** The other side has ended long ago, and this one never does: after a while the gate holds neither. */
export const cutOff: Ending = {
  sees: "both sides are cut off",
  async check(_scene, stand) {
    await eventually("the gate has let go of both", async () => {
      return (await stand.gate.tally()).sockets === 0;
    });
  },
};
