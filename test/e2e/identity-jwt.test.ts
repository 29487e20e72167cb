/** A dashboard that verifies the signed identity, in the words of the documentation. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from "jose";
import { makeIdentityKey } from "../../src/proxy/identity-key.ts";
import type { Browser } from "../support/browser.ts";
import { temporaryFolder } from "../support/config.ts";
import { signIn } from "../support/sign-in.ts";
import { startStack } from "./stack.ts";

type WhoIs = (request: { readonly headers: object }) => Promise<JWTPayload>;

/** The sample of the page, for the gate at this address; made anew it knows no key yet. */
function sampleFor(url: string): WhoIs {
  const page = readFileSync(new URL("../../docs/dashboards.md", import.meta.url), "utf8");
  const [, sample = ""] = /```js\n(import \{ createRemoteJWKSet.*?)```/s.exec(page) ?? [];
  const body = sample
    .replace(/^import .*$/m, "")
    .replaceAll("https://dash.example.com", url)
    .concat("return whoIs;");
  return new Function("createRemoteJWKSet", "jwtVerify", body)(createRemoteJWKSet, jwtVerify);
}

const settings = { identity_jwt: { audience: "sales-dashboard" } };

/** What reached the dashboard, as it says itself: the header fields by lower-case name. */
function received(told: unknown) {
  const { headers: raw } = told as { readonly headers: readonly string[] };
  const fields: Record<string, string> = {};
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] ?? "").toLowerCase();
    fields[name] = name in fields ? `${fields[name]}, ${raw[at + 1]}` : (raw[at + 1] ?? "");
  }
  return { headers: fields };
}

async function arrived(browser: Browser, url: string, headers: Record<string, string> = {}) {
  return received((await browser.fetch(`${url}/api/echo`, { headers })).json());
}

test("a dashboard verifies who is asking as the documentation says, and nobody else's word", async (t) => {
  const { url, browser } = await startStack(t, {
    settings: { ...settings, public_paths: ["/api/echo/open"] },
  });
  const whoIs = sampleFor(url);
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const request = await arrived(alice, url, { "x-hermes-identity": "forged" });
  const { sub, email, groups, provider } = await whoIs(request);
  assert.deepEqual(
    { sub, email, groups, provider },
    {
      sub: "user-alice",
      email: "alice@example.com",
      groups: ["admins", "staff"],
      provider: "demo",
    },
  );
  assert.equal(
    (await arrived(alice, url)).headers["x-hermes-identity"],
    request.headers["x-hermes-identity"],
    "signed once for many requests",
  );

  const forged = { "x-hermes-identity": request.headers["x-hermes-identity"] ?? "" };
  const open = await browser().fetch(`${url}/api/echo/open`, { headers: forged });
  assert.equal(open.status, 200);
  assert.doesNotMatch(open.text, /hermes-identity/i, "nobody on a public path");
  await assert.rejects(whoIs({ headers: { "x-hermes-identity": "a.b.c" } }));
  await assert.rejects(whoIs({ headers: {} }));
});

test("a WebSocket's handshake carries it as well", async (t) => {
  const { url, browser } = await startStack(t, { settings });
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const socket = alice.socket(`${url}/ws`, { headers: { "x-hermes-identity": "forged" } });
  t.after(() => socket.terminate());
  const [first] = await once(socket, "message");
  assert.equal((await sampleFor(url)(received(JSON.parse(String(first))))).sub, "user-alice");
});

test("keys rotate under way: a new one is shown first and signs later, and no token fails on the way", async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, "identity.pem");
  const [old, fresh] = [makeIdentityKey(), makeIdentityKey()];
  const own = { identity_jwt: { ...settings.identity_jwt, key_file: file } };
  writeFileSync(file, old);
  const { url, browser, reload } = await startStack(t, { settings: own });
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const put = async (...keys: readonly string[]) => {
    writeFileSync(file, keys.join(""));
    assert.deepEqual((await reload(own)).taken, ["identity_jwt"]);
  };
  const before = await arrived(alice, url);

  await put(old, fresh);
  const whoIs = sampleFor(url);
  await whoIs(before);
  await put(fresh, old);
  const after = await arrived(alice, url);
  assert.notEqual(after.headers["x-hermes-identity"], before.headers["x-hermes-identity"]);
  await whoIs(after);
  await whoIs(before);
  await put(fresh);
  await assert.rejects(sampleFor(url)(before), "the old key is not shown any more");
  await sampleFor(url)(after);
});

test("a token for one dashboard is none for another", async (t) => {
  const { url, browser, reload } = await startStack(t, { settings });
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const whoIs = sampleFor(url);
  await whoIs(await arrived(alice, url));
  await reload({ identity_jwt: { audience: "other-dashboard" } });
  await assert.rejects(whoIs(await arrived(alice, url)), /"aud"/);
});
