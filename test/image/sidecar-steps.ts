/** What must hold of the gate beside a dashboard: a whole visit through it, no way around it, an orderly end, a clean log. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { visit } from "../../demo/visit.ts";
import type { TokenCount } from "../../demo/visit-steps.ts";
import { createBrowser } from "../support/browser.ts";
import { noteSecret, readEvidence } from "../support/evidence.ts";
import { findLeaks } from "../support/search.ts";
import { signIn } from "../support/sign-in.ts";
import type { Engine } from "./engine.ts";
import { timedStop } from "./image-steps.ts";
import { step } from "./shell.ts";
import type { Sidecar } from "./sidecar.ts";

const dashboardPort = 9119;

/** Docker cuts what has not ended by itself ten seconds after it was told to. */
const mostDownMs = 8000;

/** Each step is printed. `evidence` is the folder where the browsers keep what they were handed. */
export async function checkSidecar(
  engine: Engine,
  sidecar: Sidecar,
  evidence: string,
): Promise<void> {
  const { docker } = engine;
  const gate = await sidecar.container("gate");
  const key = await keyDigest(engine, gate);

  await step("the gate runs read-only, without capabilities, as nobody in particular", async () => {
    const [{ HostConfig, Config }] = JSON.parse(await docker("inspect", gate));
    assert.equal(HostConfig.ReadonlyRootfs, true);
    assert.deepEqual(HostConfig.CapDrop, ["ALL"]);
    assert.deepEqual(HostConfig.SecurityOpt, ["no-new-privileges:true"]);
    assert.equal(Config.User, "65532:65532");
  });

  await step(
    "a visit, from the first refused request to a copied cookie that is dead",
    async () => {
      const { url, accessTokenSeconds, issuer } = sidecar;
      const tokenCalls = async (): Promise<TokenCount> =>
        JSON.parse(await (await fetch(`${issuer}/token-calls`)).text());
      assert.ok(await visit({ url, accessTokenSeconds, tokenCalls }), "a step did not hold");
    },
  );

  await step("the dashboard is reached through the gate alone", async () => {
    const network = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    const address = await docker("inspect", "--format", network, gate);
    const dashboard = await sidecar.container("dashboard");
    const from = (place: string) => connects(place, dashboardPort);
    assert.ok(await connects(address, 4180), "the gate's own address is the right one");
    assert.deepEqual([await from(address), await from("127.0.0.1")], [false, false]);
    const inside = `fetch("http://127.0.0.1:${dashboardPort}/").then((a) => console.log(a.status))`;
    assert.equal(await docker("exec", dashboard, "node", "-e", inside), "200");
    const published = await docker("port", gate);
    assert.doesNotMatch(published, new RegExp(`^${dashboardPort}/`, "m"));
    return `${address}:${dashboardPort} and 127.0.0.1:${dashboardPort} refuse`;
  });

  await step("docker stop: its socket is closed 1012, code 0, in under two seconds", async () => {
    const browser = createBrowser();
    await signIn(browser, { url: `${sidecar.url}/` });
    const socket = browser.socket(`${sidecar.url}/ws`);
    await once(socket, "message");
    const closed = once(socket, "close");
    const took = await timedStop(docker, gate);
    assert.equal((await closed)[0], 1012);
    browser.close();
    return `${took} ms`;
  });

  await step("the log is JSON lines, and holds no secret", async () => {
    const log = await sidecar.logs("gate");
    for (const line of log.split("\n")) assert.doesNotThrow(() => JSON.parse(line), line);
    for (const line of (await sidecar.logs("idp")).split("\n")) {
      if (!line.startsWith("{")) continue;
      const { kind, value } = JSON.parse(line);
      noteSecret(kind, value);
    }
    const { secrets } = readEvidence(evidence);
    const kinds = new Set(secrets.map(({ kind }) => kind));
    for (const kind of ["code", "access_token", "refresh_token", "ticket", "hermes_session_at"]) {
      assert.ok(kinds.has(kind), `no ${kind} was seen: ${[...kinds]}`);
    }
    assert.deepEqual(findLeaks(secrets, log), []);
    return `${log.split("\n").length} lines searched for ${secrets.length} secrets`;
  });

  await step("compose down keeps the volume alone, where the next up finds the key", async () => {
    await sidecar.down();
    assert.deepEqual(await sidecar.remains(), ["volume"]);
    await sidecar.up();
    assert.equal(await keyDigest(engine, await sidecar.container("gate")), key);
  });

  await step("compose down under way: every service ends by itself, with code 0", async () => {
    const browser = createBrowser();
    await signIn(browser, { url: `${sidecar.url}/` });
    const socket = browser.socket(`${sidecar.url}/ws`);
    await once(socket, "message");
    const since = await docker("info", "--format", "{{.SystemTime}}");
    const started = performance.now();
    await sidecar.down();
    const took = Math.round(performance.now() - started);
    const codes = await exitCodes(engine, since);
    assert.deepEqual(codes, ["dashboard 0", "gate 0", "idp 0"]);
    browser.close();
    assert.ok(took < mostDownMs, `compose down took ${took} ms`);
    return `${took} ms`;
  });
}

/** Of the file that seals the sessions. The image has no program for it but Node. */
async function keyDigest({ docker }: Engine, gate: string): Promise<string> {
  const print = `
    const key = require("node:fs").readFileSync("/var/lib/hermes-gate/session.key");
    console.log(require("node:crypto").createHash("sha256").update(key).digest("hex"));`;
  const digest = await docker("exec", gate, "node", "-e", print);
  assert.match(digest, /^[0-9a-f]{64}$/);
  return digest;
}

/** `service code` of each container that ended since then, in the order of their names. */
async function exitCodes({ docker }: Engine, since: string): Promise<readonly string[]> {
  const line =
    '{{index .Actor.Attributes "com.docker.compose.service"}} {{.Actor.Attributes.exitCode}}';
  const until = await docker("info", "--format", "{{.SystemTime}}");
  const ended = await docker(
    ...["events", "--since", since, "--until", until, "--filter", "event=die", "--format", line],
  );
  return ended.split("\n").sort();
}

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (found: boolean) => {
      socket.destroy();
      resolve(found);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}
