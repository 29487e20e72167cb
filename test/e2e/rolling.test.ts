/** Two gates behind nginx that are restarted one after the other while people work: what nobody may notice. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { makeCertificate } from "../outer/certificate.ts";
import { hosts, outerProxies, replace } from "../outer/proxies.ts";
import { startProxy } from "../outer/start-outer.ts";
import { createBrowser } from "../support/browser.ts";
import { temporaryFolder } from "../support/config.ts";
import { hasPrograms } from "../support/programs.ts";
import { signIn } from "../support/sign-in.ts";
import { startFleet } from "./fleet.ts";
import { startLoad, watch } from "./rolling-load.ts";

const url = "https://dash.example.com";

test("S100: restarting one gate after the other behind nginx loses no request, and each socket comes back", {
  timeout: 120_000,
}, async (t) => {
  if (!hasPrograms(t, "nginx", "openssl")) return;
  const fleet = await startFleet(t, { accessTokenSeconds: 300, beatMs: 1000 });
  if (fleet === undefined) return;
  const [first, second] = fleet.gates;
  fleet.idp.allowRedirect(`${url}/auth/callback`);
  const nginx = outerProxies.find(({ program }) => program === "nginx");
  assert.ok(nginx !== undefined);
  const folder = temporaryFolder(t);
  const certificate = makeCertificate(folder, hosts);
  const sample = readFileSync(new URL("../../deploy/nginx.conf", import.meta.url), "utf8");
  const several = replace(sample, "#server 127.0.0.1:4182", `server 127.0.0.1:${second.port}`);
  const port = await startProxy(t, nginx, several, { folder, gatePort: first.port, certificate });
  const browser = createBrowser({
    hosts: { [url]: `https://127.0.0.1:${port}` },
    ca: certificate.ca,
  });
  t.after(() => browser.close());
  await signIn(browser, { url: `${url}/` });

  const watchers = await Promise.all(
    Array.from({ length: 100 }, () => watch(() => browser.socket(`${url}/ws`))),
  );
  t.after(() => {
    for (const watcher of watchers) watcher.close();
  });
  const load = startLoad(browser, url, 200);
  t.after(() => load.stop());
  const pause = () => new Promise((resolve) => setTimeout(resolve, 1000));
  await pause();
  for (const gate of [first, second]) {
    const before = performance.now();
    await gate.restart();
    t.diagnostic(
      `restarted in ${Math.round(performance.now() - before)} ms, ${load.failures.length} failures`,
    );
    await pause();
  }
  await load.stop();

  assert.deepEqual(load.failures.slice(0, 10), [], `${load.failures.length} failures`);
  assert.ok(load.answered() > 500, `${load.answered()} requests`);
  const codes = watchers.map((watcher) => watcher.codes);
  t.diagnostic(`${load.answered()} requests, ${codes.flat().length} sockets closed`);
  assert.deepEqual(
    watchers.flatMap(({ lost }) => lost),
    [],
  );
  assert.deepEqual([...new Set(codes.flat())], [1012]);
  assert.ok(watchers.every((watcher) => watcher.isOpen()));
  assert.ok(Math.max(...codes.map(({ length }) => length)) <= 2, "once for each gate at most");
});
