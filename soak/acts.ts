/** What visitors do, with what has to come of it. One act is one thing that a page or a person does: several requests for some. */
import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type Answer, createBrowser, navigation } from "../test/support/browser.ts";
import type { Seen } from "./ledger.ts";
import { emailOf } from "./stage.ts";
import { seen, type Visitor, type World } from "./visitor.ts";

export interface VisitorAct {
  /** How often, beside the others. */
  readonly weight: number;
  readonly run: (visitor: Visitor, world: World) => Promise<void>;
  /** An answer was thrown away with the cookies on it, which the gate says again for half a minute. */
  readonly leavesUnread?: boolean;
}

export const acts: readonly VisitorAct[] = [
  { weight: 40, run: (visitor, world) => ask(visitor, world) },
  { weight: 8, run: askSeveral },
  { weight: 8, run: openPage },
  { weight: 14, run: upload },
  { weight: 10, run: download },
  { weight: 8, run: abortDownload },
  { weight: 6, run: leaveUnread, leavesUnread: true },
  { weight: 2, run: signOutAndBack },
];

const kib = 1024;
const ok = ["200"];

/** A call of a page's script; it has to be answered for this very person. */
async function ask(visitor: Visitor, { stage }: World): Promise<void> {
  const { browser } = visitor;
  await visitor.perform("GET", ok, async () =>
    forPerson(visitor, await browser.fetch(`${stage.url}/api/whoami`)),
  );
}

function forPerson(visitor: Visitor, answer: Answer): Seen {
  if (answer.status !== 200) return seen(visitor, answer);
  const right = answer.text.includes(`"email":"${emailOf(visitor.name)}"`);
  return { status: "200", wrong: right ? undefined : `answered for another: ${answer.text}` };
}

/** A page that asks for six things at once, with whatever token it has just then. */
async function askSeveral(visitor: Visitor, world: World): Promise<void> {
  await Promise.all(Array.from({ length: 6 }, () => ask(visitor, world)));
}

async function openPage(visitor: Visitor, { stage }: World): Promise<void> {
  const { browser } = visitor;
  await visitor.perform("page", ok, async () => {
    const page = await browser.step(`${stage.url}/`, { headers: navigation });
    // Signed out, a page would lead to the sign-in.
    return page.status === 302
      ? { status: "401", detail: "led to the sign-in" }
      : seen(visitor, page);
  });
}

/** The dashboard tells what arrived. */
async function upload(visitor: Visitor, { stage, chance }: World): Promise<void> {
  const { browser } = visitor;
  const body = randomBytes(Math.round(chance.between(1, 128 * kib)));
  const sha256 = createHash("sha256").update(body).digest("hex");
  await visitor.perform("POST", ok, async () => {
    const headers = { origin: stage.url, "sec-fetch-site": "same-origin" };
    const answer = await browser.fetch(`${stage.url}/api/upload`, {
      method: "POST",
      headers,
      body,
    });
    const arrived = answer.status !== 200 || answer.text.includes(sha256);
    return arrived ? seen(visitor, answer) : { status: "200", wrong: "another body arrived" };
  });
}

async function download(visitor: Visitor, { stage, chance }: World): Promise<void> {
  const { browser } = visitor;
  const bytes = Math.round(chance.between(64 * kib, 1024 * kib));
  await visitor.perform("download", ok, async () => {
    const answer = await browser.fetch(`${stage.url}/api/download?bytes=${bytes}`);
    if (answer.status !== 200) return seen(visitor, answer);
    const wrong =
      answer.body.length === bytes ? undefined : `${answer.body.length} of ${bytes} bytes`;
    return { status: "200", wrong };
  });
}

/** Half of it, and then the person closes the tab. */
async function abortDownload(visitor: Visitor, { stage }: World): Promise<void> {
  await visitor.perform("download, aborted", ok, async () => {
    const bytes = 4096 * kib;
    const message = await visitor.browser.stream(`${stage.url}/api/download?bytes=${bytes}`);
    keepCookies(visitor, stage.url, message);
    let left = bytes / 2;
    for await (const chunk of message) {
      left -= chunk.length;
      if (left <= 0) break;
    }
    message.destroy();
    return { status: String(message.statusCode) };
  });
}

/** The answer never arrives, with whatever cookies were on it. */
async function leaveUnread(visitor: Visitor, { stage }: World): Promise<void> {
  await visitor.perform("GET, left unread", ok, async () => {
    const message = await visitor.browser.stream(`${stage.url}/api/whoami`);
    message.destroy();
    return { status: String(message.statusCode) };
  });
}

/** Signs out; a copy of the cookies from before must be dead, and what was open is closed by whoever holds it. */
async function signOutAndBack(visitor: Visitor, { stage }: World): Promise<void> {
  const copied = visitor.browser.jar.copy();
  if (await visitor.leave()) {
    const thief = createBrowser({ hosts: stage.hosts, jar: copied });
    await visitor.perform("GET, copied cookies", ["401"], async () => {
      const answer = await thief.fetch(`${stage.url}/api/whoami`);
      return { status: String(answer.status) };
    });
    thief.close();
  }
  await visitor.enter();
}

/** Takes the cookies of an answer whose body is still to come, as a browser does. */
export function keepCookies(visitor: Visitor, url: string, message: IncomingMessage): void {
  for (const value of message.headers["set-cookie"] ?? []) {
    visitor.browser.jar.set(new URL(url), value);
  }
}
