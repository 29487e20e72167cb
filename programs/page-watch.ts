/** Watches a page of Chromium: what it complains of, and whether its WebSockets hear anything. */
import type { Page } from "playwright-core";
import { pause } from "../soak/pause.ts";
import type { PageSockets } from "./program.ts";

/**
 * Script errors, console errors, and requests to this origin that failed or were refused: what other origins do is nothing of the
 * gate's. Filled while the page lives. `known` are complaints that the program's page makes without the gate too.
 */
export function complaintsOf(page: Page, origin: string, known?: RegExp): readonly string[] {
  const complaints: string[] = [];
  const note = (complaint: string, url = origin): void => {
    if (url.startsWith(origin) && known?.test(complaint) !== true) complaints.push(complaint);
  };
  page.on("pageerror", (error) => note(`script: ${error.message}`));
  page.on("console", (message) => {
    const { url } = message.location();
    if (message.type() === "error") note(`console: ${message.text()} ${url}`, url);
  });
  page.on("response", (answer) => {
    if (answer.status() >= 400) note(`answer: ${answer.status()} ${answer.url()}`, answer.url());
  });
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText ?? "";
    // What a page gives up itself, as it does when it is left.
    if (reason === "net::ERR_ABORTED") return;
    note(`request: ${reason} ${request.url()}`, request.url());
  });
  return complaints;
}

/** The page's WebSockets, from now on. */
export function socketsOf(page: Page): PageSockets {
  const heard = new Set<string>();
  page.on("websocket", (socket) => {
    socket.on("framereceived", () => heard.add(socket.url()));
    socket.on("close", () => heard.delete(socket.url()));
  });
  const never = new AbortController().signal;
  return {
    async heard(part) {
      for (let look = 0; look < 1200; look += 1) {
        if ([...heard].some((url) => url.includes(part))) return;
        await pause(100, never);
      }
      throw new Error(`no WebSocket of the page with ${part} has heard anything`);
    },
  };
}
