/**
 * What must pass each outer proxy of `deploy/` unharmed, and what must not pass it: the path byte for byte, large sessions and
 * uploads, a cookie header that HTTP/2 has split, and no client's own word on where it comes from.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:http2";
import { test } from "node:test";
import { hasPrograms } from "../support/programs.ts";
import { signIn } from "../support/sign-in.ts";
import { type Seen, valuesOf } from "./journeys.ts";
import { outerProxies, places } from "./proxies.ts";
import { clientAddress, limits, startOuter } from "./start-outer.ts";

/** A value that only a client can have sent. */
const forged = {
  "x-forwarded-for": "203.0.113.66",
  "x-forwarded-proto": "http",
  "x-forwarded-host": "evil.example",
  "x-forwarded-port": "8443",
  "x-forwarded-prefix": "/evil",
  "x-real-ip": "203.0.113.66",
  forwarded: "for=203.0.113.66;host=evil.example",
  "x-request-id": "evil-id",
};

for (const proxy of outerProxies) {
  for (const place of places) {
    const { base, prefix } = place;

    test(
      `S14, S15: behind ${proxy.name}, ${place.name}, the dashboard sees the client's address and our own names`,
      limits,
      async (t) => {
        if (!hasPrograms(t, proxy.program, "openssl")) return;
        const { browser, audit } = await startOuter(t, proxy);
        const alice = browser();
        await signIn(alice, { url: `${base}/` });
        const plain = (await alice.fetch(`${base}/api/echo`)).json() as Seen;
        assert.deepEqual(valuesOf(plain, "x-forwarded-for"), [`${clientAddress}, 127.0.0.1`]);

        const seen = (await alice.fetch(`${base}/api/echo`, { headers: forged })).json() as Seen;
        assert.deepEqual(valuesOf(seen, "x-real-ip"), [clientAddress]);
        assert.match(
          valuesOf(seen, "x-forwarded-for").join("|"),
          /(?:^|, )127\.0\.0\.9, 127\.0\.0\.1$/,
        );
        assert.deepEqual(valuesOf(seen, "x-forwarded-proto"), ["https"]);
        assert.deepEqual(valuesOf(seen, "x-forwarded-host"), [new URL(base).host]);
        assert.deepEqual(valuesOf(seen, "x-forwarded-prefix"), prefix === "" ? [] : [prefix]);
        assert.doesNotMatch(seen.headers.join("\n"), /evil|8443/);
        const refused = await browser().step(`${base}/?view=1`, { headers: forged });
        assert.equal(refused.headers.location, `${prefix}/login?next=%2F%3Fview%3D1`);
        assert.deepEqual([...new Set(audit().map(({ ip }) => ip))], [clientAddress]);
      },
    );

    test(
      `S6: behind ${proxy.name}, ${place.name}, the path reaches the dashboard as the browser sent it`,
      limits,
      async (t) => {
        if (!hasPrograms(t, proxy.program, "openssl")) return;
        const { browser } = await startOuter(t, proxy);
        const alice = browser();
        await signIn(alice, { url: `${base}/` });
        for (const target of [
          "/api/echo/a%2Fb%20c?x=1&x=2&y=%C3%A4+b",
          "/api/echo/semi;colon=1,comma(%41)?q[]=a%7Cb",
          "/api/echo/hermes/hermes/",
          "/api/echo/?",
        ]) {
          const seen = (await alice.fetch(base + target)).json() as Seen;
          assert.equal(seen.target, proxy.passes?.(target) ?? target);
        }
        if (prefix === "") return;
        const bare = await alice.visit(base);
        assert.deepEqual([bare.url, bare.status], [`${base}/`, 200]);
      },
    );
  }

  const root = places.find(({ prefix }) => prefix === "")?.base ?? "";

  test(
    `behind ${proxy.name}: a session of several cookies, split as HTTP/2 does, and a large upload`,
    limits,
    async (t) => {
      if (!hasPrograms(t, proxy.program, "openssl")) return;
      const { browser, idp, place, ca, beforeClose } = await startOuter(t, proxy);
      const account = idp.accounts.get("alice");
      assert.ok(account);
      const groups = Array.from({ length: 370 }, () => randomBytes(18).toString("base64url"));
      idp.accounts.set("alice", { ...account, groups });
      const alice = browser();
      await signIn(alice, { url: `${root}/` });
      const cookies = alice.jar.cookiesFor(new URL(`${root}/`));
      const size = alice.jar.header(new URL(`${root}/`)).length;
      assert.ok(cookies.length > 4 && size > 16_384, `${cookies.length} cookies, ${size} bytes`);

      const body = Buffer.alloc(3_000_000, "hermes-gate ");
      const upload = await alice.fetch(`${root}/api/upload`, { method: "POST", body });
      assert.equal((upload.json() as { bytes: number }).bytes, body.length);

      const { host, hostname } = new URL(root);
      const client = connect(place, { ca, servername: hostname });
      beforeClose(() => client.destroy());
      const asked = client.request({
        ":path": "/api/whoami",
        ":authority": host,
        cookie: cookies.map(({ name, value }) => `${name}=${value}`),
      });
      const [head] = await once(asked, "response");
      assert.equal(head[":status"], 200);
      const chunks: Buffer[] = [];
      for await (const chunk of asked) chunks.push(chunk);
      const viewer = JSON.parse(Buffer.concat(chunks).toString()) as { user: string };
      assert.equal(viewer.user, "user-alice");
    },
  );
}
