/** What holds over several workers of one gate: what is single stays single, and what has ended has ended at all of them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import type { Browser } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { startRedis } from "../support/redis-server.ts";
import { refusal } from "../support/refusal.ts";
import { reachProvider, signIn, signOut } from "../support/sign-in.ts";
import { apart, type Crew, replaced, startCrew, writersOf } from "./crew.ts";
import { expired } from "./expired.ts";

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** No cookie and no Origin: a program that has nothing but a ticket. */
const program = { headers: { origin: "", cookie: "" } };

async function ticketOf(browser: Browser, url: string): Promise<string> {
  const answer = await browser.fetch(`${url}/api/auth/ws-ticket`, {
    method: "POST",
    headers: { ...apart, origin: url, "sec-fetch-site": "same-origin" },
  });
  assert.equal(answer.status, 200, answer.text);
  return (answer.json() as { ticket: string }).ticket;
}

test("S67: 50 stale requests over two workers are one token call and 50 answers 200, for two people at once and three times", async (t) => {
  const { url, idp, browser, lines } = await startCrew(t, { accessTokenSeconds: 5 });
  const people = [browser(), browser()] as const;
  await signIn(people[0], { url: `${url}/` });
  await signIn(people[1], { url: `${url}/`, user: "bob" });
  for (const round of [1, 2, 3]) {
    for (const person of people) await expired(person, url);
    const stale = people.map((person) => person.jar.header(new URL(url)));
    const before = idp.tokenCalls().refreshToken;
    const answers = await Promise.all(
      people.flatMap((person) =>
        times(50, () => person.fetch(`${url}/api/whoami`, { headers: apart })),
      ),
    );
    assert.deepEqual(
      answers.filter(({ status }) => status !== 200).map(({ text }) => text),
      [],
    );
    assert.equal(idp.tokenCalls().refreshToken - before, 2, `round ${round}`);
    for (const cookie of stale) {
      const late = browser();
      const replays = await Promise.all(
        times(4, () => late.fetch(`${url}/api/whoami`, { headers: { ...apart, cookie } })),
      );
      assert.deepEqual(
        replays.map(({ status }) => status),
        [200, 200, 200, 200],
        "what the answers were is replayed by every worker",
      );
    }
  }
  assert.equal(writersOf(lines('"outcome":"refreshed"')).size, 2, "both workers took part");
});

async function redeemFourfold({ url, browser, lines, audited }: Crew, count: number) {
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const opened: number[] = [];
  for (let batch = 0; batch < count / 10; batch += 1) {
    const tickets = await Promise.all(times(10, () => ticketOf(alice, url)));
    const found = await Promise.all(
      tickets.map(async (ticket) => {
        const sockets = times(4, () => alice.socket(`${url}/ws?ticket=${ticket}`, program));
        const outcomes = sockets.map((socket) =>
          Promise.race([once(socket, "open").then(() => 101), refusal(socket)]),
        );
        const codes = await Promise.all(outcomes);
        for (const socket of sockets) socket.terminate();
        return codes.toSorted();
      }),
    );
    for (const codes of found) {
      assert.deepEqual(codes, [101, 401, 401, 401]);
      opened.push(...codes.filter((code) => code === 101));
    }
  }
  assert.equal(opened.length, count);
  await eventually("lines", () => lines('"outcome":"ticket"').length === count);
  assert.equal(writersOf(lines('"path":"/ws"')).size, 2, "both workers were shown tickets");
  const told = (event: string) => audited().filter((line) => line["event"] === event).length;
  await eventually("the audit lines", () => told("ws_ticket_rejected") === 3 * count);
  assert.equal(told("ws_ticket_minted"), count, "each event is one whole line");
}

test("S76: each of 100 tickets opens one socket of the four that show it at once to two workers", async (t) => {
  await redeemFourfold(await startCrew(t), 100);
});

test("S76: with a Redis the workers use it, and a ticket is good once all the same", async (t) => {
  const redis = await startRedis(t);
  if (redis === undefined) return;
  await redeemFourfold(await startCrew(t, { settings: `store: ${redis.url}` }), 10);
});

async function socketsOf(browser: Browser, url: string, count: number) {
  const sockets = times(count, () => browser.socket(`${url}/ws`));
  await Promise.all(sockets.map((socket) => once(socket, "message")));
  return sockets;
}

function statuses(thief: Browser, url: string, cookie: string): Promise<readonly number[]> {
  const ask = async () =>
    (await thief.fetch(`${url}/api/whoami`, { headers: { ...apart, cookie } })).status;
  return Promise.all(times(6, ask));
}

test("S68: a sign-out at one worker kills the copied cookie and the sockets at all, and at one that is started later", async (t) => {
  const crew = await startCrew(t);
  const { url, browser, workers } = crew;
  const [alice, bob, thief] = [browser(), browser(), browser()];
  await signIn(alice, { url: `${url}/` });
  await signIn(bob, { url: `${url}/`, user: "bob" });
  const copied = alice.jar.header(new URL(url));
  assert.deepEqual(await statuses(thief, url, copied), [200, 200, 200, 200, 200, 200]);
  const sockets = await socketsOf(alice, url, 6);
  const [bobs] = await socketsOf(bob, url, 1);
  const closed = sockets.map((socket) => once(socket, "close"));

  await signOut(alice, url);

  assert.deepEqual(await statuses(thief, url, copied), [401, 401, 401, 401, 401, 401]);
  assert.deepEqual(
    (await Promise.all(closed)).map(([code]) => code),
    [4401, 4401, 4401, 4401, 4401, 4401],
  );
  assert.equal(bobs?.readyState, bobs?.OPEN, "nobody else's");
  const before = workers();
  process.kill(before[0] ?? 0, "SIGKILL");
  await replaced(crew, before);
  assert.deepEqual(await statuses(thief, url, copied), [401, 401, 401, 401, 401, 401]);
});

test("S43: a callback that one worker has had makes no token call at any", async (t) => {
  const { url, idp, browser } = await startCrew(t);
  const alice = browser();
  const form = await reachProvider(alice, `${url}/`);
  const cookie = alice.jar.header(new URL(url));
  const landing = await alice.submit(form, { user: "alice" });
  const callback = landing.hops.find((hop) => hop.url.includes("/auth/callback?"));
  assert.ok(callback !== undefined && cookie.includes("_pkce_"));
  const { pathname, search } = new URL(callback.url);
  const thief = browser();
  for (let again = 0; again < 4; again += 1) {
    const headers = { ...apart, cookie };
    const answer = await thief.step(`${url}${pathname}${search}`, { headers });
    assert.equal(answer.status, 400);
    assert.match(answer.text, /already been completed/);
  }
  assert.equal(idp.tokenCalls().total, 1);
});

/** Asks again and again, each time over another connection, until told to stop; the number of answers, and of failures. */
function keepAsking(t: TestContext, browser: Browser, url: string, cookie: string) {
  let stopped = false;
  t.after(() => {
    stopped = true;
  });
  const counts = { answers: 0, failures: 0, wrong: 0 };
  const ask = async () => {
    while (!stopped) {
      try {
        const path = `/api/whoami?${"x".repeat(200)}`;
        const { status } = await browser.fetch(`${url}${path}`, { headers: { ...apart, cookie } });
        counts.answers += 1;
        if (status !== 200) counts.wrong += 1;
      } catch {
        counts.failures += 1;
      }
    }
  };
  const loops = times(8, ask);
  return {
    counts,
    async stop() {
      stopped = true;
      await Promise.all(loops);
    },
  };
}

test("a worker that is killed under load takes its own connections along and no others, and is replaced", async (t) => {
  const crew = await startCrew(t);
  const { url, browser, workers, lines, gate } = crew;
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const cookie = alice.jar.header(new URL(url));
  const sockets = await socketsOf(alice, url, 2);
  const load = keepAsking(t, browser(), url, cookie);
  const access = () => lines('"log":"access"');
  await eventually("load", () => writersOf(access()).size === 2 && access().length > 100);

  const before = workers();
  assert.equal(before.length, 2);
  process.kill(before[0] ?? 0, "SIGKILL");
  const [code] = await Promise.race(sockets.map((socket) => once(socket, "close")));
  assert.equal(code, 1006);
  const seen = load.counts.answers;
  await replaced(crew, before);
  await eventually("more answers", () => load.counts.answers > seen + 50);
  await eventually("a new worker's lines", () => writersOf(access()).size === 3);
  await load.stop();

  const { failures, wrong, answers } = load.counts;
  assert.equal(wrong, 0);
  assert.ok(failures <= 8, `${failures} of ${answers} failed: at most what was under way at it`);
  const open = sockets.filter((socket) => socket.readyState === socket.OPEN);
  assert.equal(open.length, 1, "the socket at the other worker is open");
  assert.equal(lines("a worker has ended: another takes its place").length, 1);
  assert.equal(workers().length, 2);
  // What stands behind the last newline has not come whole yet.
  for (const line of gate.stdout().split("\n").slice(0, -1)) JSON.parse(line);
});

test("a connection that was on its way to a worker that dies is closed, and not left waiting", async (t) => {
  const crew = await startCrew(t);
  const { url, workers } = crew;
  const before = workers();
  const [frozen = 0] = before;
  process.kill(frozen, "SIGSTOP");
  t.after(() => {
    if (workers().includes(frozen)) process.kill(frozen, "SIGKILL");
  });
  const ask = () =>
    fetch(`${url}/api/auth/status`, { headers: apart }).then(
      ({ status }) => status,
      () => "closed",
    );
  const asked = times(6, ask);
  const found: (number | string)[] = [];
  for (const one of asked) void one.then((outcome) => found.push(outcome));
  await eventually("all but one answered", () => found.length === 5);
  assert.deepEqual(found, [200, 200, 200, 200, 200]);
  process.kill(frozen, "SIGKILL");
  await eventually("the end of the last", () => found.length === 6);
  assert.deepEqual(found, [200, 200, 200, 200, 200, "closed"]);
  await replaced(crew, before);
});

/** Waits until none of the processes is left. */
async function allGone(pids: readonly number[]): Promise<void> {
  const alive = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  await eventually("the end of every worker", () => !pids.some(alive));
}

async function withSockets(t: TestContext) {
  const crew = await startCrew(t);
  const alice = crew.browser();
  await signIn(alice, { url: `${crew.url}/` });
  const closed = (await socketsOf(alice, crew.url, 4)).map((socket) => once(socket, "close"));
  alice.close();
  const pids = crew.workers();
  assert.equal(pids.length, 2);
  return { ...crew, pids, closed: Promise.all(closed) };
}

test("S100: SIGTERM to the whole group drains every worker: sockets are closed 1012, and the exit code is 0", async (t) => {
  const { gate, pids, closed, lines } = await withSockets(t);
  for (const pid of [...pids, gate.child.pid ?? 0]) process.kill(pid, "SIGTERM");
  assert.deepEqual(
    (await closed).map(([code]) => code),
    [1012, 1012, 1012, 1012],
  );
  const { code, stderr } = await gate.ended;
  assert.equal(code, 0, stderr);
  assert.equal(lines("stopping").length, 1, "one process says so");
  await allGone(pids);
});

test("when the process above dies its workers end too", async (t) => {
  const { gate, pids, closed } = await withSockets(t);
  gate.child.kill("SIGKILL");
  await closed;
  await allGone(pids);
});
