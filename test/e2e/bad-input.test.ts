/** What comes broken, forged or too large is refused in words; the process and everybody else's session go on. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { type Browser, createBrowser } from "../support/browser.ts";
import { firstForm } from "../support/page.ts";
import { reachProvider, signIn } from "../support/sign-in.ts";
import { type Stack, startStack } from "./stack.ts";

/** Runs the attack, then shows that a session from before is untouched. */
async function withBystander(
  t: TestContext,
  attack: (stack: Stack, browser: Browser) => Promise<void>,
): Promise<void> {
  const stack = await startStack(t);
  const bystander = stack.browser();
  await signIn(bystander, { url: `${stack.url}/`, user: "bob" });
  await attack(stack, stack.browser());
  const answer = await bystander.fetch(`${stack.url}/api/whoami`);
  assert.equal(answer.status, 200);
  assert.equal((answer.json() as { user: string }).user, "user-bob");
  assert.deepEqual(answer.setCookies, []);
}

const cookies: readonly (readonly [name: string, header: string])[] = [
  ["a garbage cookie", "hermes_session_at=garbage"],
  [
    "a cookie in the shape of a sealed one",
    `hermes_session_rt=${"eyJhbGciOiJkaXIifQ.".repeat(3)}x.y`,
  ],
  ["a cookie that is not a token", 'hermes_session_at="\\"; hermes_session_at; =; ;;='],
  ["a part without the others", "hermes_session_at.1=abc"],
  ["a huge cookie", `hermes_session_at=${"a".repeat(50_000)}`],
];

for (const [name, cookie] of cookies) {
  test(`${name} is no session: 401 for a call, the sign-in for a page`, (t) =>
    withBystander(t, async ({ url }, browser) => {
      const call = await browser.fetch(`${url}/api/whoami`, { headers: { cookie } });
      assert.equal(call.status, 401);
      assert.match(call.text, /"error":"(session_expired|unauthenticated)"/);
      const page = await browser.step(`${url}/`, { headers: { cookie } });
      assert.equal(page.status, 302);
      assert.equal(page.headers.location, "/login?next=%2F");
    }));
}

test("S92: a head of more than 64 KiB is 431", (t) =>
  withBystander(t, async ({ url }, browser) => {
    const headers = { cookie: `hermes_session_at=${"a".repeat(70_000)}` };
    assert.equal((await browser.fetch(`${url}/api/whoami`, { headers })).status, 431);
  }));

test("a broken ticket opens nothing", (t) =>
  withBystander(t, async ({ url }, browser) => {
    for (const ticket of ["A".repeat(43), `${"A".repeat(43)}&ticket=${"B".repeat(43)}`]) {
      const socket = browser.socket(`${url}/ws?ticket=${ticket}`);
      const [code] = await once(socket, "close");
      assert.equal(code, 4401);
    }
  }));

test("S44: a callback without a login cookie redeems nothing", (t) =>
  withBystander(t, async ({ url, idp }, browser) => {
    const calls = idp.tokenCalls().total;
    const page = await browser.step(`${url}/auth/callback?code=stolen&state=forged`);
    assert.equal(page.status, 400);
    assert.match(page.headers["content-type"] ?? "", /^text\/html/);
    assert.match(page.text, /href="\/login"/);
    assert.doesNotMatch(page.text, /stolen|forged/);
    assert.deepEqual(page.setCookies, []);
    assert.equal(idp.tokenCalls().total, calls);
  }));

test("S36: a callback with a foreign state redeems nothing", (t) =>
  withBystander(t, async ({ url, idp, browser: open }, victim) => {
    const attacker = open();
    const form = await reachProvider(attacker, `${url}/`);
    const { action, fields } = firstForm(form.text, form.url);
    const body = new URLSearchParams({ ...fields, user: "alice" }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    let hop = await attacker.step(action, { method: "POST", body, headers });
    while (!hop.headers.location?.startsWith(`${url}/auth/callback`)) {
      hop = await attacker.step(new URL(hop.headers.location ?? "", hop.url).href);
    }
    const calls = idp.tokenCalls().total;
    await reachProvider(victim, `${url}/`);

    const page = await victim.step(hop.headers.location);

    assert.notEqual(page.status, 200);
    assert.equal(idp.tokenCalls().total, calls, "the attacker's code is not redeemed");
    assert.deepEqual(
      victim.jar.cookiesFor(new URL(url)).filter(({ name }) => /_(at|rt)$/.test(name)),
      [],
    );
  }));

test("S48: an error from the provider is told in words, its text only after the state matched", (t) =>
  withBystander(t, async ({ url, audit }, browser) => {
    const form = await reachProvider(browser, `${url}/?view=1`);
    const page = await browser.submit(form, { action: "cancel" });
    assert.equal(page.status, 400);
    assert.match(page.text, /The person cancelled the sign-in/);
    assert.match(page.text, /href="\/auth\/login\?provider=demo&amp;next=%2F%3Fview%3D1"/);
    assert.equal(audit().at(-1)?.["event"], "login_failure");

    const forged = await browser.step(
      `${url}/auth/callback?error=access_denied&error_description=Call+0800&state=forged`,
    );
    assert.doesNotMatch(forged.text, /0800/);
  }));

test("S37: a repeated or empty callback parameter is 400", (t) =>
  withBystander(t, async ({ url }, browser) => {
    for (const query of ["", "?code=a&code=b&state=c", "?code=a&state=", "?state=%ff&code=%ff"]) {
      const page = await browser.step(`${url}/auth/callback${query}`);
      assert.equal(page.status, 400, query);
    }
  }));

test("S43: the same callback again, from a copy of the browser, makes no second token call", (t) =>
  withBystander(t, async ({ url, idp }, browser) => {
    const form = await reachProvider(browser, `${url}/`);
    const cookie = browser.jar.header(new URL(`${url}/auth/callback`));
    const landing = await browser.submit(form, { user: "alice" });
    const callback = landing.hops.find((hop) => hop.url.includes("/auth/callback?"));
    assert.ok(callback !== undefined);
    const calls = idp.tokenCalls().total;

    const again = await browser.step(callback.url);
    assert.equal(again.status, 302, "signed in already: to the landing");
    const copy = createBrowser();
    const replay = await copy.step(callback.url, { headers: { cookie } });
    copy.close();
    assert.equal(replay.status, 400);
    assert.equal(idp.tokenCalls().total, calls);
  }));
