import assert from "node:assert/strict";
import { test } from "node:test";
import {
  admissionOf,
  createTestGate,
  fetches,
  fieldsOf,
  navigates,
  replyOf,
  signedInAt,
  submits,
} from "../support/gate.ts";

const pages = [
  "/login",
  "/api/auth/providers",
  "/api/auth/me",
  "/api/auth/status",
  "/auth/account",
  "/auth/client.js",
  "/auth/verify",
];
const steps = ["/auth/login", "/auth/callback"];
const actions = ["/auth/logout", "/api/auth/ws-ticket"];

for (const path of pages) {
  test(`${path} answers HEAD as GET, and nothing else`, async () => {
    const browser = await signedInAt(createTestGate());
    const got = replyOf(await browser.ask(path));
    assert.deepEqual(replyOf(await browser.ask(path, { method: "HEAD" })), got);
    assert.ok(got.status < 300);
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "get", "BREW"]) {
      const reply = replyOf(await browser.ask(path, { method }));
      assert.equal(reply.status, 405, method);
      assert.deepEqual(fieldsOf(reply, "allow"), ["GET, HEAD"]);
    }
  });
}

for (const path of ["/login", "/auth/account"]) {
  test(`${path} is shown to who comes from another site's link`, async () => {
    const browser = await signedInAt(createTestGate());
    const headers = { ...navigates, "sec-fetch-site": "cross-site" };
    assert.equal(replyOf(await browser.ask(path, { headers })).status, 200);
  });
}

for (const path of steps) {
  test(`${path} answers 405 to HEAD, so that a link checker does not act`, async () => {
    const parts = createTestGate();
    const browser = parts.browser();
    for (const method of ["HEAD", "POST"]) {
      const reply = replyOf(await browser.ask(`${path}?provider=idp&code=a&state=b`, { method }));
      assert.equal(reply.status, 405);
      assert.deepEqual(fieldsOf(reply, "allow"), ["GET"]);
    }
    assert.deepEqual(parts.provider.started, []);
  });
}

for (const path of actions) {
  test(`S69, S77: ${path} acts on POST alone`, async () => {
    const browser = await signedInAt(createTestGate());
    for (const method of ["GET", "HEAD", "PUT"]) {
      const reply = replyOf(await browser.ask(path, { method, headers: fetches }));
      assert.equal(reply.status, 405);
      assert.deepEqual(fieldsOf(reply, "allow"), ["POST"]);
    }
    assert.equal(replyOf(await browser.ask("/api/auth/me")).status, 200);
  });

  const foreign = [
    ["another site's page", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }],
    ["a sibling host's page", { "sec-fetch-site": "same-site" }],
    ["another origin, from an old browser", { origin: "https://evil.example" }],
    ["an opaque origin", { origin: "null" }],
  ] as const;
  for (const [name, headers] of foreign) {
    test(`S41: ${path} refuses a POST from ${name}, and changes nothing`, async () => {
      const parts = createTestGate();
      const browser = await signedInAt(parts);
      const reply = replyOf(await browser.ask(path, { method: "POST", headers }));
      assert.equal(reply.status, 403);
      assert.equal(JSON.parse(reply.body).error, "cross_site_request");
      assert.deepEqual(fieldsOf(reply, "set-cookie"), []);
      assert.equal(replyOf(await browser.ask("/api/auth/me")).status, 200);
      assert.ok(!parts.audited.some(({ event }) => /logout|minted/.test(event)));
    });
  }

  const own = [
    ["our own page's form", submits],
    ["our own page's script, in an old browser", { origin: "https://gate.example" }],
    ["a program", {}],
  ] as const;
  for (const [name, headers] of own) {
    test(`S41: ${path} takes a POST from ${name}`, async () => {
      const browser = await signedInAt(createTestGate());
      const reply = replyOf(await browser.ask(path, { method: "POST", headers }));
      assert.ok([200, 302].includes(reply.status), String(reply.status));
    });
  }

  test(`S92: ${path} refuses a body over the limit`, async () => {
    const browser = await signedInAt(createTestGate({ maxBodyBytes: 100 }));
    const headers = { ...fetches, "content-length": "101" };
    const reply = replyOf(await browser.ask(path, { method: "POST", headers }));
    assert.equal(reply.status, 413);
    const small = { ...fetches, "content-length": "100" };
    assert.equal(replyOf(await browser.ask(path, { method: "POST", headers: small })).status, 200);
  });
}

const others = ["/loginfoo", "/login/", "/Login", "/auth/login/x", "/auth", "/api/auth/me2"];

for (const path of others) {
  test(`S2: ${path} is the dashboard's`, async () => {
    const browser = await signedInAt(createTestGate());
    assert.equal(admissionOf(await browser.ask(path)).target, path);
  });
}

test("gate_base moves every own path, and frees the old ones", async () => {
  const parts = createTestGate({ gateBase: "/gate" });
  const browser = parts.browser();
  assert.equal(replyOf(await browser.ask("/gate/login")).status, 200);
  for (const path of [...pages, ...steps, ...actions]) {
    const reply = replyOf(await browser.ask(path, { headers: navigates, method: "GET" }));
    assert.ok([302, 401].includes(reply.status), `${path}: ${reply.status}`);
    if (reply.status === 401) continue;
    const [location = ""] = fieldsOf(reply, "location");
    assert.ok(location.startsWith("/gate/login?next="), location);
  }
  const begun = replyOf(await browser.ask("/gate/auth/login?provider=idp"));
  assert.equal(begun.status, 302);
  assert.equal(parts.provider.started[0]?.redirectUri, "https://gate.example/gate/auth/callback");
});

test("S107: every own answer is stored by no cache", async () => {
  const browser = await signedInAt(createTestGate());
  for (const path of [...pages, ...steps]) {
    const reply = replyOf(await browser.ask(path));
    assert.deepEqual(fieldsOf(reply, "cache-control"), ["no-store"], path);
    assert.deepEqual(fieldsOf(reply, "vary"), ["Cookie"], path);
  }
});

test("S105: every own page has the strict headers", async () => {
  const browser = await signedInAt(createTestGate());
  for (const path of ["/login", "/auth/account", "/auth/callback?code=a&state=b&state=c"]) {
    const reply = replyOf(await browser.ask(path));
    assert.match(fieldsOf(reply, "content-type").join(), /^text\/html/);
    const policy = fieldsOf(reply, "content-security-policy").join();
    for (const part of ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) {
      assert.ok(policy.includes(part), policy);
    }
    assert.match(policy, /form-action 'self'(?:;|$)/);
    assert.deepEqual(fieldsOf(reply, "x-frame-options"), ["DENY"]);
    assert.deepEqual(fieldsOf(reply, "x-content-type-options"), ["nosniff"]);
    assert.deepEqual(fieldsOf(reply, "referrer-policy"), ["same-origin"]);
    assert.doesNotMatch(reply.body, /<script|\son[a-z]+=/i);
  }
});
