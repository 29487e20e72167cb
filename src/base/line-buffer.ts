/**
 * Gathers log lines and hands them on in few large writes: at thousands of requests a second a write a line costs more
 * than the line. What is gathered goes out after a quarter of a second, at 16 KiB, or at once when a line asks for it.
 */

/** Where lines go. Each text ends in a newline. */
export interface LogDestination {
  write(text: string): void;
  /** Calls back when what was written is out. Absent: it always is. */
  flush?(done: () => void): void;
}

export interface LineBuffer {
  /** Adds a line that may wait. */
  add(line: string): void;
  /** Hands on what has gathered. */
  send(): void;
  /** Resolves when everything is out, or after a second. */
  flush(): Promise<void>;
}

const maxLength = 16_384;
const maxWaitMs = 250;
const patienceMs = 1000;

export function createLineBuffer(destination: LogDestination): LineBuffer {
  let gathered = "";
  let timer: NodeJS.Timeout | undefined;

  function send(): void {
    clearTimeout(timer);
    timer = undefined;
    if (gathered === "") return;
    const text = gathered;
    gathered = "";
    destination.write(text);
  }

  return {
    add(line) {
      gathered += line;
      if (gathered.length >= maxLength) send();
      else timer ??= setTimeout(send, maxWaitMs).unref();
    },
    send,
    flush() {
      send();
      return new Promise((resolve) => {
        if (destination.flush === undefined) return resolve();
        // A reader that has stopped reading must not keep the process from ending.
        setTimeout(resolve, patienceMs).unref();
        destination.flush(resolve);
      });
    },
  };
}
