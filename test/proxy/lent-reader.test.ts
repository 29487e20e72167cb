import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import {
  createLentReaders,
  type LentReader,
  type LentReaders,
} from "../../src/proxy/lent-reader.ts";
import { splice } from "../../src/proxy/splice.ts";
import { eventually } from "../support/eventually.ts";

const onUnix = { skip: process.platform === "win32" };
const block = 65_536;

interface Pair {
  /** What the reader reads. */
  readonly socket: Socket;
  readonly reader: LentReader;
  /** The other end of it. */
  readonly peer: Socket;
}

/** A socket that is read by a reader of these, and its other end. */
async function openPair(t: TestContext, readers: LentReaders): Promise<Pair> {
  const server = createServer();
  t.after(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const reader = readers.create();
  const socket = reader.connect((onread) =>
    connect({ port, host: "127.0.0.1", ...(onread !== undefined && { onread }) }),
  );
  const [peer] = (await once(server, "connection")) as [Socket];
  t.after(() => {
    socket.destroy();
    peer.destroy();
  });
  return { socket, reader, peer };
}

test("until it is diverted the stream has the bytes, and its end", onUnix, async (t) => {
  const { socket, peer } = await openPair(t, createLentReaders());
  peer.end("a head");
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  assert.equal(text, "a head");
});

test("a diverted socket still tells its end", onUnix, async (t) => {
  const { socket, reader, peer } = await openPair(t, createLentReaders());
  let text = "";
  reader.divert((bytes) => {
    text += bytes.toString("latin1");
    return false;
  });
  socket.resume();
  peer.end("a body");
  await once(socket, "end");
  assert.equal(text, "a body");
});

test("what small reads brought stays as it is while others read", onUnix, async (t) => {
  const readers = createLentReaders();
  const kept: Buffer[] = [];
  for (const text of ["first", "other"]) {
    const { socket, reader, peer } = await openPair(t, readers);
    reader.divert((bytes) => {
      kept.push(bytes);
      return true;
    });
    socket.resume();
    peer.write(text);
    await eventually(`${text} is read`, () => kept.at(-1)?.toString() === text);
  }
  assert.deepEqual(kept.map(String), ["first", "other"]);
});

test(
  "a tunnel to a client that stalls reads over no byte of a write under way",
  onUnix,
  async (t) => {
    const readers = createLentReaders();
    const [upstream, client] = [await openPair(t, readers), await openPair(t, readers)];
    const taken: Buffer[] = [];
    client.reader.divert((bytes) => {
      taken.push(Buffer.from(bytes));
      return false;
    });
    const head = { upstreamHead: Buffer.alloc(0), reader: upstream.reader };
    splice(client.peer, upstream.socket, head);
    client.socket.pause();
    const sent: Buffer[] = [];
    // Three fit into what the stream takes before it holds anybody back.
    const pass = async (): Promise<void> => {
      const payload = Buffer.alloc(20_000, `message ${sent.length} `);
      const message = Buffer.concat([Buffer.from([0x82, 126, 0x4e, 0x20]), payload]);
      sent.push(message);
      upstream.peer.write(message);
      const sum = sent.length * message.length;
      await eventually("it is read", () => upstream.socket.bytesRead === sum);
    };
    while (client.peer.writableLength === 0) await pass();
    for (let more = 0; more < 2; more += 1) await pass();
    client.socket.resume();
    const count = (all: readonly Buffer[]): number =>
      all.reduce((sum, { length }) => sum + length, 0);
    await eventually("all is taken", () => count(taken) === count(sent));
    assert.ok(Buffer.concat(taken).equals(Buffer.concat(sent)), "the bytes differ");
  },
);

test(
  "a socket with much to say is lent a buffer, and gives it back when it falls quiet",
  onUnix,
  async (t) => {
    const readers = createLentReaders();
    const { socket, reader, peer } = await openPair(t, readers);
    let read = 0;
    reader.divert((bytes) => {
      read += bytes.length;
      return false;
    });
    socket.resume();
    peer.write(Buffer.alloc(block * 8));
    await eventually("all is read", () => read === block * 8);
    assert.equal(readers.lent, 1);
    for (let turn = 0; turn < 40; turn += 1) {
      const before = read;
      peer.write("quiet");
      await eventually("it is read", () => read === before + 5);
    }
    assert.equal(readers.lent, 0);
  },
);

test("a socket that closes gives its buffer back", onUnix, async (t) => {
  const readers = createLentReaders();
  const { socket, reader, peer } = await openPair(t, readers);
  reader.divert(() => false);
  socket.resume();
  peer.write(Buffer.alloc(block * 8));
  await eventually("a buffer is lent", () => readers.lent === 1);
  peer.destroy();
  await once(socket, "close");
  assert.equal(readers.lent, 0);
});

test(
  "S94: lends 256 buffers at most, and those without one still get every byte",
  onUnix,
  async (t) => {
    const readers = createLentReaders();
    const pairs: Pair[] = [];
    while (pairs.length < 260) pairs.push(await openPair(t, readers));
    let read = 0;
    for (const { socket, reader, peer } of pairs) {
      reader.divert((bytes) => {
        read += bytes.length;
        return false;
      });
      socket.resume();
      peer.write(Buffer.alloc(block * 2));
    }
    await eventually("all is read", () => read === pairs.length * block * 2);
    assert.equal(readers.lent, 256);
  },
);
