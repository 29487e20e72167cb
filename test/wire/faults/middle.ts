/**
 * The way between gate and upstream, which can fail by itself: a relay that hands on bytes, ends and resets as they come, until a
 * test ends, stalls or resets one of its links.
 */
import { connect, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";

export interface Link {
  /** Where the upstream sees it come from: tells which of its connections this is. */
  readonly port: number | undefined;
  /** Bytes that it has brought to the gate. */
  readonly broughtDown: number;
  /** The gate has closed its side, in whatever way. */
  readonly left: boolean;
  /** Ends both sides. */
  end(): void;
  /** Takes nothing from either side any more. */
  stall(): void;
  /** Goes on after a stall. */
  resume(): void;
  /** Resets both sides. */
  reset(): void;
}

export interface Middle {
  readonly port: number;
  /** In the order of their beginning; those of earlier cells too. */
  readonly links: readonly Link[];
  /** Ends all links that there are and forgets them. */
  clear(): void;
}

/** Starts the relay to the port; closed with the test. `onLink` is called with each new link before a byte has passed. */
export async function startMiddle(
  t: TestContext,
  upstreamPort: number,
  onLink: (link: Link) => void,
): Promise<Middle> {
  let links: Link[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (gate) => {
    const upstream = connect({
      ...{ host: "127.0.0.1", port: upstreamPort },
      ...{ allowHalfOpen: true, noDelay: true },
    });
    const link = join(gate, upstream);
    links.push(link);
    onLink(link);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const middle: Middle = {
    port,
    get links() {
      return links;
    },
    clear() {
      for (const link of links) link.reset();
      links = [];
    },
  };
  t.after(() => {
    middle.clear();
    server.close();
  });
  return middle;
}

/**
 * Resets a connection. One whose end is just being sent is closed instead: Node forgets such a socket without closing it
 * (seen in 26.10), and the process would never end.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}

function join(gate: Socket, upstream: Socket): Link {
  let left = false;
  let broughtDown = 0;
  upstream.on("data", (chunk: Buffer) => {
    gate.write(chunk, () => {
      broughtDown += chunk.length;
    });
  });
  gate.on("data", (chunk: Buffer) => upstream.write(chunk));
  for (const [side, other] of [
    [gate, upstream],
    [upstream, gate],
  ] as const) {
    side.on("end", () => other.end());
    side.on("error", () => reset(other));
    side.on("close", () => {
      if (!side.readableEnded) other.destroy();
    });
  }
  for (const event of ["end", "close"]) {
    gate.on(event, () => {
      left = true;
    });
  }
  const both = [gate, upstream];
  return {
    get port() {
      return upstream.localPort;
    },
    get left() {
      return left;
    },
    get broughtDown() {
      return broughtDown;
    },
    end: () => both.forEach((socket) => void socket.destroySoon()),
    stall: () => both.forEach((socket) => void socket.pause()),
    resume: () => both.forEach((socket) => void socket.resume()),
    reset: () => both.forEach(reset),
  };
}
