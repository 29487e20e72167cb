/**
 * Joins the two sockets of a WebSocket: bytes pass untouched both ways, each end is passed on as an end and each break as a
 * break. Of the stream towards the client only the frame boundaries are followed, so that the gate can put its own close
 * frame there when the session ends.
 */
import type { Duplex } from "node:stream";
import { createFrameFollower } from "./frame-follower.ts";
import { freeWritten } from "./free-written.ts";
import type { EndCode, LiveStream } from "./live.ts";

/** Milliseconds that a frame boundary, or the client's answer to a close frame, is waited for. */
const closeWaitMs = 1000;

export interface SpliceOptions {
  /** What came with the upstream's 101. */
  readonly upstreamHead: Buffer;
  /** Milliseconds that one side has to end after the other has. Default 60000. */
  readonly halfOpenMs?: number | undefined;
}

/** Joins the sockets; both have error listeners already. Their first bytes are written by the caller. */
export function splice(client: Duplex, upstream: Duplex, options: SpliceOptions): LiveStream {
  const { upstreamHead, halfOpenMs = 60_000 } = options;
  const follower = createFrameFollower();
  let code: EndCode | undefined;

  function onClientData(chunk: Buffer): void {
    if (!upstream.write(chunk)) client.pause();
    freeWritten(chunk, upstream);
  }

  function onUpstreamData(chunk: Buffer): void {
    const passed = follower.follow(chunk, code !== undefined);
    if (passed > 0 && !client.write(passed === chunk.length ? chunk : chunk.subarray(0, passed))) {
      upstream.pause();
    }
    freeWritten(chunk, client);
    if (code !== undefined && follower.atBoundary) close(code);
  }

  /** Takes the upstream's place: says goodbye to the client and lets it answer for a moment. */
  function close(finalCode: EndCode): void {
    upstream.off("data", onUpstreamData).off("end", onUpstreamEnd);
    client.off("data", onClientData).off("end", onClientEnd);
    upstream.destroy();
    client.end(follower.closed ? undefined : closeFrame(finalCode));
    client.resume();
    client.once("end", () => client.destroy());
    destroyAfter(client, closeWaitMs);
  }

  function onClientEnd(): void {
    upstream.end();
    destroyAfter(upstream, halfOpenMs);
  }

  function onUpstreamEnd(): void {
    client.end();
    destroyAfter(client, halfOpenMs);
  }

  client
    .on("data", onClientData)
    .on("end", onClientEnd)
    .on("drain", () => upstream.resume());
  upstream
    .on("data", onUpstreamData)
    .on("end", onUpstreamEnd)
    .on("drain", () => client.resume());
  client.on("close", () => breakWith(client, upstream));
  upstream.on("close", () => {
    if (code === undefined) breakWith(upstream, client);
  });
  if (upstreamHead.length > 0) onUpstreamData(upstreamHead);

  return {
    kind: "socket",
    end(endCode) {
      code = endCode;
      if (follower.atBoundary) close(endCode);
      else destroyAfter(client, closeWaitMs);
    },
  };
}

/** A side that closes without having ended was broken, and breaks the other. */
function breakWith(closed: Duplex, other: Duplex): void {
  if (closed.errored !== null || !closed.readableEnded) other.destroy();
}

function destroyAfter(socket: Duplex, ms: number): void {
  const timer = setTimeout(() => socket.destroy(), ms).unref();
  socket.once("close", () => clearTimeout(timer));
}

/** An unmasked close frame without a reason (RFC 6455, 5.5.1). */
function closeFrame(code: EndCode): Buffer {
  return Buffer.from([0x88, 2, code >> 8, code & 0xff]);
}
