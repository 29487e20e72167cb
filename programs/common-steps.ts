/** What holds for every program: nothing of it shows to who is signed out, and a session outlives its tokens but not its end. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { WebSocket } from "ws";
import { signIn, signOut } from "../test/support/sign-in.ts";
import type { Program, Step, Visit } from "./program.ts";

/** Seconds that access tokens live in these visits. */
export const accessTokenSeconds = 4;

type Connect = NonNullable<Program["connect"]>;

/** Before the program's own. */
export function firstSteps({ ready, connect }: Program): readonly Step[] {
  return [
    {
      name: "signed out, the page leads to the sign-in and the API is 401",
      run: async ({ browser, url }) => {
        const page = await browser.visit(`${url}/`);
        assert.ok(page.url.startsWith(`${url}/login?next=`), page.url);
        assert.equal((await browser.fetch(`${url}${ready}`)).status, 401);
      },
    },
    ...(connect === undefined ? [] : [refusedSocket(connect)]),
    {
      name: "alice signs in and lands on the page",
      run: async ({ browser, url }) => {
        const landing = await signIn(browser, { url: `${url}/` });
        assert.ok(landing.url.startsWith(`${url}/`), landing.url);
      },
    },
  ];
}

function refusedSocket(connect: Connect): Step {
  return {
    name: "signed out, its socket is closed with 4401",
    run: async (visit) => assert.equal(await closeOf(await connect(visit)), 4401),
  };
}

/** After the program's own. */
export function lastSteps({ ready, connect }: Program): readonly Step[] {
  return [
    {
      name: `across the expiry of the access token, ${accessTokenSeconds} s, all goes on`,
      run: async (visit) => {
        const socket = await connect?.(visit);
        if (socket !== undefined) await once(socket, "open");
        await sleep(accessTokenSeconds * 1000 + 500);
        assert.equal((await visit.browser.fetch(`${visit.url}${ready}`)).status, 200);
        assert.ok(socket === undefined || socket.readyState === socket.OPEN, "its socket is open");
        await leave(visit, socket);
      },
    },
    {
      name: "signed out again, the API is 401",
      run: async ({ browser, url }) =>
        assert.equal((await browser.fetch(`${url}${ready}`)).status, 401),
    },
  ];
}

/** Signs out, which closes the socket. */
async function leave({ browser, url }: Visit, socket: WebSocket | undefined): Promise<void> {
  const closed = socket && closeOf(socket);
  const page = await signOut(browser, url);
  assert.equal(page.url, `${url}/login?logged_out=1`);
  if (closed !== undefined) assert.equal(await closed, 4401);
}

async function closeOf(socket: WebSocket): Promise<unknown> {
  const [code] = await once(socket, "close", { signal: AbortSignal.timeout(10_000) });
  return code;
}
