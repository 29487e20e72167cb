/** The stages of a plain request, from a connection without a byte to one that is kept after the answer. */
import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.ts";
import { answerText } from "../../support/upstream.ts";
import type { Scene, Stage } from "./cell.ts";
import type { Play, Stand } from "./stand.ts";

const answer = answerText("all of it");

/** More than the buffers on the way hold, so that a reader who stops holds the sender up. */
const long = Buffer.alloc(4 * 1024 * 1024, "x");

/** Plays the answer to each request of the cell. */
export const answering: Play = (connection) => connection.send(answer);

/** What `answering` sends. */
export async function wholeAnswer({ client }: Pick<Scene, "client">): Promise<void> {
  const { start, body } = await client.answer();
  assert.equal(start, "HTTP/1.1 200 OK");
  assert.equal(String(body), "all of it");
}

/** A client before a gate that keeps a connection to the upstream. */
async function before(stand: Stand, sent: (request: string) => number): Promise<Scene> {
  stand.play(answering);
  await stand.asks();
  const { link, upstream } = await stand.newest();
  const client = await stand.client();
  const request = stand.request("GET /cell");
  const cut = sent(request);
  if (cut > 0) client.send(request.slice(0, cut));
  const more = request.slice(cut);
  return { client, link, upstream, more, whole: () => wholeAnswer({ client }) };
}

/** An upload of which so much is sent; the upstream reads it and answers. */
async function upload(stand: Stand, sent: string): Promise<Scene> {
  const body = "first half, second half";
  stand.play(async (connection) => {
    await connection.until(body);
    connection.send(answer);
  });
  const client = await stand.client();
  client.send(stand.request("POST /cell", `Content-Length: ${body.length}`) + sent);
  const { link, upstream } = await stand.newest();
  if (sent !== "") {
    await eventually("the half is there", () => String(upstream.unread).endsWith(sent));
  }
  const more = body.slice(sent.length);
  return { client, link, upstream, more, whole: () => wholeAnswer({ client }) };
}

/** An upload that was answered when half of it had come; the client has read the answer and is still sending. */
async function answeredEarly(stand: Stand): Promise<Scene> {
  const [half, more] = ["first half, ", "second half"];
  stand.play(() => {});
  const client = await stand.client();
  client.send(stand.request("POST /cell", `Content-Length: ${half.length + more.length}`) + half);
  const { link, upstream } = await stand.newest();
  await upstream.until(half);
  upstream.send(answer);
  await wholeAnswer({ client });
  return { client, link, upstream, more, whole: () => assert.fail("all has come") };
}

interface Answering {
  /** What the upstream says at once, and when it goes on. */
  readonly said: string;
  readonly rest: string | Buffer;
  /** Default 1.1. */
  readonly version?: "1.0";
}

/** A request that the upstream has read, and to which it has said so much. */
async function answered(
  stand: Stand,
  { said, rest, version }: Answering,
): Promise<Scene & { over(): void }> {
  const asked = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  stand.play(async (connection) => {
    connection.send(said);
    asked.resolve();
    await over.promise;
  });
  const client = await stand.client();
  const request = stand.request("GET /cell");
  client.send(version === undefined ? request : request.replace("HTTP/1.1", `HTTP/${version}`));
  await asked.promise;
  const { link, upstream } = await stand.newest();
  await eventually("it is on its way", () => link.broughtDown >= said.length);
  return {
    ...{ client, link, upstream, rest, over: over.resolve },
    async whole() {
      await wholeAnswer({ client });
      over.resolve();
    },
  };
}

interface Streaming extends Answering {
  /** What the client has seen of it, and what it has to see then. Default: the rest as it is said. */
  readonly seen: string;
  readonly left?: string;
}

/** The same, of which the client has seen this; in the end it must have seen all. */
async function streaming(stand: Stand, parts: Streaming): Promise<Scene> {
  const { seen, rest, left = rest } = parts;
  const scene = await answered(stand, parts);
  await scene.client.until(seen);
  return {
    ...scene,
    async whole() {
      const all = await scene.client.bytes(left.length);
      assert.ok(all.equals(Buffer.from(left)), "every byte has come");
      scene.over();
    },
  };
}

const stages = {
  beforeHead: {
    name: "before the head of a request",
    reach: (stand) => before(stand, () => 0),
  },
  inHead: {
    name: "in the head of a request",
    reach: (stand) => before(stand, (request) => request.indexOf("Cookie") + 20),
  },
  afterHead: {
    name: "after the head of an upload",
    reach: (stand) => upload(stand, ""),
  },
  inUpload: {
    name: "in the body of an upload",
    reach: (stand) => upload(stand, "first half"),
  },
  answeredEarly: {
    name: "in the rest of an upload that was answered early",
    reach: (stand) => answeredEarly(stand),
  },
  waiting: {
    name: "while the answer is waited for",
    reach: (stand) => answered(stand, { said: "", rest: answer }),
  },
  inAnswerHead: {
    name: "in the head of the answer",
    reach: (stand) => answered(stand, { said: answer.slice(0, 30), rest: answer.slice(30) }),
  },
  afterAnswerHead: {
    name: "after the head of the answer",
    reach: (stand) =>
      streaming(stand, {
        said: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
        seen: "\r\n\r\n",
        rest: "all of it",
      }),
  },
  inCountedBody: {
    name: "in a counted body",
    reach: (stand) =>
      streaming(stand, {
        said: `HTTP/1.1 200 OK\r\nContent-Length: ${long.length + 5}\r\n\r\nfirst`,
        seen: "first",
        rest: long,
      }),
  },
  inChunkedBody: {
    name: "in a chunked body",
    reach: (stand) =>
      streaming(stand, {
        said: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n",
        seen: "first\r\n",
        rest: "6\r\nsecond\r\n0\r\n\r\n",
      }),
  },
  inOldBody: {
    name: "in a body for a client of HTTP/1.0",
    reach: (stand) =>
      streaming(stand, {
        said: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n",
        seen: "first",
        rest: "6\r\nsecond\r\n0\r\n\r\n",
        left: "second",
        version: "1.0",
      }),
  },
  inEvents: {
    name: "in an event stream",
    reach: (stand) =>
      streaming(stand, {
        said: "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\nd\r\ndata: first\n\n\r\n",
        seen: "data: first\n\n\r\n",
        rest: "e\r\ndata: second\n\n\r\n",
      }),
  },
  idle: {
    name: "on a connection that is kept after an answer",
    async reach(stand) {
      stand.play(answering);
      const client = await stand.client();
      client.send(stand.request("GET /cell"));
      await wholeAnswer({ client });
      const { link, upstream } = await stand.newest();
      const more = stand.request("GET /cell");
      return { client, link, upstream, more, whole: () => wholeAnswer({ client }) };
    },
  },
} as const satisfies Record<string, Stage>;

export const httpStages: Readonly<Record<keyof typeof stages, Stage>> = stages;
