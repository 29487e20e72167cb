import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { splice } from "../../src/proxy/splice.ts";
import { eventually } from "../support/eventually.ts";

interface Link {
  /** Where the gate reads and writes. */
  readonly ours: Socket;
  readonly theirs: Socket;
}

async function openLink(t: TestContext): Promise<Link> {
  const server = createServer({ allowHalfOpen: true });
  t.after(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const theirs = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const [ours] = (await once(server, "connection")) as [Socket];
  t.after(() => {
    ours.destroy();
    theirs.destroy();
  });
  return { ours, theirs };
}

async function openTunnel(t: TestContext) {
  const [client, upstream] = [await openLink(t), await openLink(t)];
  for (const { ours } of [client, upstream]) ours.on("error", () => ours.destroy());
  splice(client.ours, upstream.ours, { upstreamHead: Buffer.alloc(0) });
  return { client, upstream };
}

/** A message no two of which are alike, as an unmasked frame. */
function messageOf(turn: number): Buffer {
  return Buffer.concat([
    Buffer.from([0x82, 126, 0x4e, 0x20]),
    Buffer.alloc(20_000, `message ${turn} `),
  ]);
}

function collect(socket: Socket): Buffer[] {
  const taken: Buffer[] = [];
  socket.on("data", (bytes: Buffer) => taken.push(Buffer.from(bytes)));
  return taken;
}

describe("two sockets that are joined", () => {
  for (const [what, from, to] of [
    ["a client", "upstream", "client"],
    ["an upstream", "client", "upstream"],
  ] as const) {
    it(`S87: give ${what} that stalls every byte as it was`, async (t) => {
      const tunnel = await openTunnel(t);
      const [source, sink] = [tunnel[from], tunnel[to]];
      const sent: Buffer[] = [];
      const pass = async (): Promise<void> => {
        const message = messageOf(sent.length);
        sent.push(message);
        source.theirs.write(message);
        const sum = sent.length * message.length;
        await eventually("it is read", () => source.ours.bytesRead === sum);
      };
      while (sink.ours.writableLength === 0) await pass();
      // Two more fit into what a stream takes before it holds anybody back.
      for (let more = 0; more < 2; more += 1) await pass();
      const taken = collect(sink.theirs);
      await eventually("all arrives", () => sink.theirs.bytesRead >= Buffer.concat(sent).length);
      assert.ok(Buffer.concat(taken).equals(Buffer.concat(sent)), "the bytes differ");
    });

    it(`let ${what} that does not read hold back the other side, and go on when it reads`, async (t) => {
      const tunnel = await openTunnel(t);
      const [source, sink] = [tunnel[from], tunnel[to]];
      let sent = 0;
      // 20 MB: more than two kernels' buffers hold.
      while (!source.ours.isPaused() && sent < 1000) {
        source.theirs.write(messageOf(sent));
        sent += 1;
        await new Promise(setImmediate);
      }
      assert.ok(source.ours.isPaused(), "nobody is held back");
      assert.ok(sink.ours.writableLength < 256 * 1024, "more is kept than one read and a bit");
      const taken = collect(sink.theirs);
      source.theirs.end();
      await once(sink.theirs, "end");
      assert.equal(Buffer.concat(taken).length, sent * messageOf(0).length);
    });

    it(`give back the memory of what went to ${what}`, async (t) => {
      const tunnel = await openTunnel(t);
      const [source, sink] = [tunnel[from], tunnel[to]];
      const pieces: Buffer[] = [];
      source.ours.prependListener("data", (piece: Buffer) => pieces.push(piece));
      const taken = collect(sink.theirs);
      for (let turn = 0; turn < 20; turn += 1) {
        source.theirs.write(messageOf(turn));
        await eventually(
          "it arrives",
          () => Buffer.concat(taken).length === (turn + 1) * messageOf(0).length,
        );
      }
      assert.deepEqual([...new Set(pieces.map(({ length }) => length))], [0]);
    });
  }
});
