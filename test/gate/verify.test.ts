import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderUnavailable } from "../../src/provider/contract.ts";
import {
  cookiesOf,
  createTestGate,
  fieldsOf,
  navigates,
  replyOf,
  signedInAt,
} from "../support/gate.ts";
import { gateProvider } from "../support/gate-provider.ts";

const path = "/auth/verify";
/** A proxy asks with the headers of the request that it judges. */
const asked = { headers: navigates };

test("answers 204 with the identity headers", async () => {
  const browser = await signedInAt(createTestGate());
  const reply = replyOf(await browser.ask(path, asked));
  assert.equal(reply.status, 204);
  assert.equal(reply.body, "");
  const identity = reply.headers.filter(([name]) => name.startsWith("X-Forwarded-"));
  assert.deepEqual(Object.fromEntries(identity), {
    "X-Forwarded-User": "ada",
    "X-Forwarded-Email": "ada@example.com",
    "X-Forwarded-Groups": "engineers,poets",
    "X-Forwarded-Provider": "idp",
  });
  assert.deepEqual(fieldsOf(reply, "set-cookie"), []);
});

test("the rotated cookies ride on the 204", async () => {
  const gate = createTestGate();
  const browser = await signedInAt(gate);
  gate.runtime.pass(61_000);
  const reply = replyOf(await browser.ask(path, asked));
  assert.equal(reply.status, 204);
  assert.equal(cookiesOf(reply).set.length, 2);
});

test("answers 401 with the envelope, never a redirect, to a page too", async () => {
  const { admit } = createTestGate();
  const absent = replyOf(await admit({ url: path, ...asked }));
  assert.equal(absent.status, 401);
  assert.deepEqual(JSON.parse(absent.body), {
    error: "unauthenticated",
    detail: "Unauthorized",
    reason: "no_cookie",
    login_url: "/login",
  });
  const cookie = "__Host-hermes_session_rt=garbage";
  const dead = replyOf(await admit({ url: path, ...asked, cookie }));
  assert.equal(dead.status, 401);
  assert.equal(JSON.parse(dead.body).error, "session_expired");
  assert.equal(cookiesOf(dead).deleted.length, 6);
});

test("answers 503 in an outage, and keeps the cookies", async () => {
  const gate = createTestGate();
  const browser = await signedInAt(gate);
  gate.runtime.pass(61_000);
  gate.provider.answer = () => Promise.reject(new ProviderUnavailable("down"));
  const reply = replyOf(await browser.ask(path, asked));
  assert.equal(reply.status, 503);
  assert.deepEqual(fieldsOf(reply, "set-cookie"), []);
});

test("is not for an account that allow does not admit", async () => {
  const browser = await signedInAt(createTestGate({ allow: { global: { emails: [] } } }));
  const reply = replyOf(await browser.ask(path, asked));
  assert.equal(reply.status, 403);
  assert.deepEqual(fieldsOf(reply, "x-forwarded-user"), []);
});

test("S27: judges a bearer as a request's own: 204 with its identity, or 401", async () => {
  const gate = createTestGate({
    bearer: true,
    providers: (runtime) => [
      gateProvider(runtime, {
        bearers: async (token) => (token === "good" ? gateProvider(runtime).login() : undefined),
      }),
    ],
  });
  const browser = await signedInAt(gate);
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  const good = replyOf(await gate.admit({ url: path, ...bearer("good") }));
  assert.equal(good.status, 204);
  assert.deepEqual(fieldsOf(good, "x-forwarded-user"), ["ada"]);
  assert.equal(replyOf(await browser.ask(path, bearer("bad"))).status, 401);
});

test("S1: no header of the proxy makes it 204", async () => {
  const { admit } = createTestGate({ publicPaths: ["/public"] });
  const headers = {
    "x-forwarded-uri": "/public",
    "x-original-uri": "/public",
    "x-original-url": "/public",
    "x-rewrite-url": "/public",
    "x-forwarded-method": "GET",
  };
  const reply = replyOf(await admit({ url: path, headers, peerTrusted: true }));
  assert.equal(reply.status, 401);
});

test("answers 204 without an identity with --insecure", async () => {
  const reply = replyOf(await createTestGate({ insecure: true }).admit({ url: path }));
  assert.equal(reply.status, 204);
  assert.deepEqual(fieldsOf(reply, "x-forwarded-user"), []);
});
