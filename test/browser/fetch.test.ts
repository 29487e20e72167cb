/** What of the browser module asks the gate over HTTP: `fetch`, `me`, `logout`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../../src/browser/client.ts";
import { account, base, createFakePage, settled, signedOut, unmarked } from "./fake-page.ts";

const items = "https://dash.example/hermes/api/items";

test("a call that the gate refuses leads to the sign-in, and its answer is still the caller's", async () => {
  const fake = createFakePage({ "api/items": signedOut(), "api/auth/me": signedOut() });
  const response = await createClient(base, fake.page).fetch(items);
  assert.equal(response.status, 401);
  assert.equal((await response.json()).error, "unauthenticated");
  await settled();
  assert.deepEqual(fake.wentTo, ["https://dash.example/hermes/login?next=%2Fsessions"]);
});

test("many refused calls lead there once, also those that come later", async () => {
  const fake = createFakePage({ "api/items": signedOut(), "api/auth/me": signedOut() });
  const { fetch } = createClient(base, fake.page);
  await Promise.all([fetch(items), fetch(items), fetch(items)]);
  await settled();
  await fetch(items);
  await settled();
  assert.equal(fake.wentTo.length, 1);
  assert.equal(fake.asked.filter((line) => line === "GET api/auth/me").length, 1);
});

test("a page that comes back out of the browser's cache can leave again", async () => {
  const fake = createFakePage({ "api/items": signedOut(), "api/auth/me": signedOut() });
  const { fetch } = createClient(base, fake.page);
  await fetch(items);
  await settled();
  fake.comeBack();
  await fetch(items);
  await settled();
  assert.equal(fake.wentTo.length, 2);
});

const staying = [
  { name: "a 401 of the dashboard's own", answer: unmarked("/hermes/login") },
  { name: "a 403", answer: { ...signedOut(), status: 403 } },
  { name: "an answer", answer: { status: 200, headers: { "x-hermes-gate": "sign-in" } } },
];
for (const { name, answer } of staying) {
  test(`${name} leads nowhere`, async () => {
    const fake = createFakePage({ "api/items": answer, "api/auth/me": signedOut() });
    const response = await createClient(base, fake.page).fetch(items);
    await settled();
    assert.equal(response.status, answer.status);
    assert.deepEqual(fake.wentTo, []);
    assert.deepEqual(fake.asked, ["GET api/items"]);
  });
}

const living = [
  { name: "a session that lives", me: { status: 200, body: account } },
  { name: "an outage", me: { status: 503 } },
  { name: "a gate that is away", me: undefined },
];
for (const { name, me } of living) {
  test(`${name} keeps the page, and a later refusal is judged anew`, async () => {
    const answers = { "api/items": signedOut(), "api/auth/me": [me, signedOut()] };
    const fake = createFakePage(answers);
    const { fetch } = createClient(base, fake.page);
    await fetch(items);
    await settled();
    assert.deepEqual(fake.wentTo, []);
    await fetch(items);
    await settled();
    assert.equal(fake.wentTo.length, 1);
  });
}

const foreign = [
  "https://evil.example/hermes/login",
  "//evil.example/hermes/login",
  "/\\evil.example/hermes/login",
  "javascript:alert(1)",
  "/login",
  "/hermes/login/../../admin",
  "/hermes/loginfoo",
  "http://dash.example/hermes/login",
  "",
];
for (const loginUrl of foreign) {
  test(`S34: does not follow the login_url ${JSON.stringify(loginUrl)}`, async () => {
    const answer = signedOut(loginUrl);
    const fake = createFakePage({ "api/items": answer, "api/auth/me": answer });
    await createClient(base, fake.page).fetch(items);
    await settled();
    assert.deepEqual(fake.wentTo, []);
  });
}

test("fetch hands the browser's own what it was given", async () => {
  const fake = createFakePage({ "api/items": { status: 200 } });
  await createClient(base, fake.page).fetch(items, { method: "PUT" });
  assert.deepEqual(fake.asked, ["PUT api/items"]);
});

test("me is the account, null for nobody, and rejects when the gate cannot say", async () => {
  const fake = createFakePage({
    "api/auth/me": [{ status: 200, body: account }, signedOut(), { status: 503 }, undefined],
  });
  const { me } = createClient(base, fake.page);
  assert.deepEqual(await me(), account);
  assert.equal(await me(), null);
  await assert.rejects(me(), /503/);
  await assert.rejects(me(), TypeError);
  assert.deepEqual(fake.wentTo, []);
});

test("S34: logout goes where the gate says, once the session is ended", async () => {
  const location = "/hermes/login?logged_out=1";
  const fake = createFakePage({
    "auth/logout": [{ status: 403 }, { status: 200, body: { logged_out: true, location } }],
  });
  const { logout } = createClient(base, fake.page);
  await assert.rejects(logout(), /403/);
  assert.deepEqual(fake.wentTo, []);
  await logout();
  assert.deepEqual(fake.wentTo, ["https://dash.example/hermes/login?logged_out=1"]);
  assert.deepEqual(fake.asked, ["POST auth/logout", "POST auth/logout"]);
});
