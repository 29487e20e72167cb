/** An outer proxy that forgets a header: what the person sees, what the log says, and that `public_url` mends it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { hasPrograms } from "../support/programs.ts";
import { reachProvider, signIn } from "../support/sign-in.ts";
import { outerProxies, replace } from "./proxies.ts";
import { limits, startOuter } from "./start-outer.ts";

const base = "https://dash.example.com";
const nginx = outerProxies.find(({ program }) => program === "nginx");
const edit = (sample: string) => replace(sample, "proxy_set_header X-Forwarded-Proto $scheme;", "");

test(
  "without X-Forwarded-Proto the provider refuses the redirect URI, a socket the origin, and the log names the header",
  limits,
  async (t) => {
    assert.ok(nginx);
    if (!hasPrograms(t, "nginx", "openssl")) return;
    const { browser, log, idp } = await startOuter(t, nginx, { edit });
    const alice = browser();
    const form = await reachProvider(alice, `${base}/`);
    assert.ok(form.url.startsWith(idp.issuer), form.url);
    assert.equal(form.status, 400);
    assert.match(form.text, /redirect_uri/);
    assert.match(form.url, /redirect_uri=http%3A%2F%2Fdash\.example\.com%2Fauth%2Fcallback/);
    const bare = alice.jar.all().filter(({ name }) => name.startsWith("hermes_session_pkce_"));
    assert.deepEqual(
      bare.map(({ secure }) => secure),
      [false],
    );
    const [code] = await once(alice.socket(`${base}/ws`), "close");
    assert.equal(code, 4403, "the page's origin is https, and not ours");
    const written = await log();
    const warnings = written.match(/[^\n]*X-Forwarded-Proto[^\n]*/g) ?? [];
    assert.equal(warnings.length, 1, written);
    assert.match(warnings[0] ?? "", /"level":"warn"/);
    assert.match(warnings[0] ?? "", /public_url/);
  },
);

test(
  "without X-Forwarded-Proto but with public_url all is well, and nothing is warned of",
  limits,
  async (t) => {
    assert.ok(nginx);
    if (!hasPrograms(t, "nginx", "openssl")) return;
    const { browser, log } = await startOuter(t, nginx, { edit, settings: { public_url: base } });
    const alice = browser();
    const landing = await signIn(alice, { url: `${base}/` });
    assert.equal(landing.url, `${base}/`);
    assert.equal(alice.jar.all().filter(({ name }) => name.startsWith("__Host-")).length, 2);
    const socket = alice.socket(`${base}/ws`);
    await once(socket, "message");
    socket.close();
    assert.doesNotMatch(await log(), /X-Forwarded-Proto/);
  },
);
