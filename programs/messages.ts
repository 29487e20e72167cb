/** Waits for what a program says on its socket. */
import type { WebSocket } from "ws";

const patienceMs = 60_000;

/** The first message that holds the text. Fails when none came in time, or the socket closed first. */
export function messageWith(socket: WebSocket, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const seen: string[] = [];
    const late = setTimeout(() => fail("in time"), patienceMs);
    function fail(when: string): void {
      clearTimeout(late);
      reject(
        new Error(`no message with ${text} ${when}; there were: ${seen.join("\n").slice(-2000)}`),
      );
    }
    socket.on("message", (data) => {
      const message = data.toString();
      seen.push(message);
      if (!message.includes(text)) return;
      clearTimeout(late);
      resolve(message);
    });
    socket.once("close", (code) => fail(`before it closed with ${code}`));
  });
}
