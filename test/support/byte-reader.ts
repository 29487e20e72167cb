/** Reads what a socket receives piece by piece: until a text, until so many bytes, until the end. Every wait has a deadline. */
import type { Duplex } from "node:stream";

export interface ByteReader {
  /** Everything up to and including the text, as Latin-1. */
  until(text: string): Promise<string>;
  /** Exactly so many bytes. */
  bytes(count: number): Promise<Buffer>;
  /** All that comes until the other side ends or breaks the connection. */
  rest(): Promise<Buffer>;
  /** `end` for a clean end, `reset` for a broken connection. */
  closing(): Promise<"end" | "reset">;
  /** What has come and was not read yet. */
  readonly unread: Buffer;
}

/** Milliseconds that a test waits for a peer. */
export const patience = 5000;

/** A reader of all bytes from now on. */
export function readBytes(socket: Duplex): ByteReader {
  let buffer = Buffer.alloc(0);
  let closing: "end" | "reset" | undefined;
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of [...waiting]) look();
  };
  socket.on("data", (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    wake();
  });
  socket.on("end", () => {
    closing ??= "end";
    wake();
  });
  socket.on("error", () => {
    closing ??= "reset";
    wake();
  });
  socket.on("close", () => {
    closing ??= "reset";
    wake();
  });

  function wait<T>(what: string, look: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => give(new Error(`no ${what} in time`)), patience);
      function give(outcome: T | Error): void {
        clearTimeout(timer);
        waiting.delete(attempt);
        if (outcome instanceof Error) {
          const seen = buffer.subarray(0, 500).toString("latin1");
          reject(new Error(`${outcome.message}; unread: ${JSON.stringify(seen)}`));
        } else resolve(outcome);
      }
      function attempt(): void {
        const found = look();
        if (found !== undefined) give(found);
        else if (closing !== undefined)
          give(new Error(`${closing} of the connection before ${what}`));
      }
      waiting.add(attempt);
      attempt();
    });
  }

  function take(count: number): Buffer {
    const taken = buffer.subarray(0, count);
    buffer = buffer.subarray(count);
    return taken;
  }

  return {
    get unread() {
      return buffer;
    },
    until(text) {
      return wait(JSON.stringify(text), () => {
        const at = buffer.indexOf(text, 0, "latin1");
        return at === -1 ? undefined : take(at + text.length).toString("latin1");
      });
    },
    bytes(count) {
      return wait(`${count} bytes`, () => (buffer.length < count ? undefined : take(count)));
    },
    rest() {
      return wait("end", () => (closing === undefined ? undefined : take(buffer.length)));
    },
    closing() {
      return wait("end", () => closing);
    },
  };
}
