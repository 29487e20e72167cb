import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { startDashboard } from "../../demo/dashboard.ts";
import { createBrowser } from "../support/browser.ts";

async function openDashboard(t: TestContext) {
  const dashboard = await startDashboard({ rotations: () => 3, beatMs: 10 });
  const browser = createBrowser();
  t.after(async () => {
    browser.close();
    await dashboard.close();
  });
  return { url: `http://${dashboard.address}`, browser };
}

test("serves a page whose addresses are all relative, so that it works below a prefix", async (t) => {
  const { url, browser } = await openDashboard(t);
  const page = await browser.step(`${url}/`);
  assert.equal(page.status, 200);
  assert.doesNotMatch(page.text, /(?:href|src|action)="(?:\/|https?:)/);
  for (const path of ["/style.css", "/app.js"]) {
    assert.equal((await browser.fetch(url + path)).status, 200);
  }
});

test("reads the person from the identity headers, decoded, and survives a broken one", async (t) => {
  const { url, browser } = await openDashboard(t);
  const ask = async (name: string) =>
    (
      await browser.fetch(`${url}/api/whoami`, {
        headers: { "X-Forwarded-Preferred-Username": name },
      })
    ).json();
  assert.deepEqual(await ask("Ad%C3%A0"), { name: "Adà" });
  assert.deepEqual(await ask("100%"), { name: "100%" });
});

test("echoes the raw target and the header fields in order", async (t) => {
  const { url, browser } = await openDashboard(t);
  const answer = await browser.fetch(`${url}/api/echo/a%2Fb/../c?x=%20`, {
    headers: { "X-A": "1" },
  });
  const seen = answer.json() as { target: string; headers: string[] };
  assert.equal(seen.target, "/api/echo/a%2Fb/../c?x=%20");
  assert.equal(seen.headers[seen.headers.indexOf("X-A") + 1], "1");
});

test("counts and hashes an upload, and sends as many bytes as are asked for", async (t) => {
  const { url, browser } = await openDashboard(t);
  const up = await browser.fetch(`${url}/api/upload`, { method: "POST", body: "hello" });
  assert.deepEqual(up.json(), {
    bytes: 5,
    sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
  });
  const down = await browser.fetch(`${url}/api/download?bytes=100001`);
  assert.equal(down.body.length, 100_001);
});

test("says on the clock's socket what it saw of the handshake, then ticks", async (t) => {
  const { url, browser } = await openDashboard(t);
  const socket = browser.socket(`${url}/ws?room=1`);
  const [hello] = await once(socket, "message");
  assert.equal(JSON.parse(String(hello)).target, "/ws?room=1");
  const [tick] = await once(socket, "message");
  assert.equal(JSON.parse(String(tick)).kind, "tick");
  socket.close();
  await once(socket, "close");
});

test("sends back text as text and binary as binary", async (t) => {
  const { url, browser } = await openDashboard(t);
  const socket = browser.socket(`${url}/ws/echo`);
  await once(socket, "open");
  socket.send("text");
  assert.deepEqual(await once(socket, "message"), [Buffer.from("text"), false]);
  socket.send(Buffer.from([0, 255]));
  assert.deepEqual(await once(socket, "message"), [Buffer.from([0, 255]), true]);
  socket.close();
  await once(socket, "close");
});
