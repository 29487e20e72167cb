/** The command with several workers: what an operator gives it, and what it says and does as one gate. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { type RequestOptions, request as tlsRequest } from "node:https";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { apart, replaced, startCrew } from "../e2e/crew.ts";
import { makeCertificate } from "../outer/certificate.ts";
import { run, start } from "../support/command.ts";
import { complaints, goodFile, loaded, temporaryFolder } from "../support/config.ts";
import { eventually } from "../support/eventually.ts";
import { startFaultyGate } from "../support/faulty-gate.ts";
import { listening } from "../support/listening.ts";
import { signIn } from "../support/sign-in.ts";

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

test("the number of workers comes from file, variable and flag; auto is one a core, or one a connection", (t) => {
  const count = (parts: Parameters<typeof loaded>[1]) => loaded(t, parts).workers;
  assert.equal(count({ file: goodFile }), 1);
  assert.equal(count({ file: `${goodFile}workers: 3\n` }), 3);
  const file = `${goodFile}workers: 3\n`;
  assert.equal(count({ file, env: { HERMES_GATE_WORKERS: "4" } }), 4);
  const flags = { "--workers": "5" };
  assert.equal(count({ file, env: { HERMES_GATE_WORKERS: "4" }, flags }), 5);
  assert.ok(count({ file: `${goodFile}workers: auto\n` }) >= 1);
  const one = `${goodFile}upstream_options: { connections: 1 }\n`;
  assert.equal(count({ file: one, flags: { "--workers": "auto" } }), 1);
});

const refused = [
  ["none", "workers: 0\n", /must be a whole number from 1 to 128, or "auto"/],
  ["too many", "workers: 129\n", /must be a whole number from 1 to 128, or "auto"/],
  ["a word", "workers: many\n", /must be a whole number from 1 to 128, or "auto"/],
  ["a part of one", "workers: 1.5\n", /must be a whole number from 1 to 128, or "auto"/],
  [
    "more than connections",
    "workers: 3\nupstream_options: { connections: 2 }\n",
    /"upstream_options.connections" must be 0 or at least the number of workers, 3/,
  ],
] as const;

for (const [name, lines, says] of refused) {
  test(`refuses workers: ${name}`, (t) => {
    assert.match(complaints(t, { file: goodFile + lines }).join("\n"), says);
  });
}

test("a port that is taken is told once, and the exit code is 69", async (t) => {
  const listen = await listening(t, createServer());
  const args = ["--upstream", ":9", "--listen", listen, "--insecure", "--workers", "3"];
  const { code, stdout, stderr } = await run(t, { args });
  assert.equal(code, 69);
  assert.equal(stdout, "");
  assert.equal(
    stderr,
    `error: cannot listen on ${listen} (EADDRINUSE)\nhint: another process listens there: stop it, or choose another address with --listen\n`,
  );
});

test("an admin listener that cannot be opened is exit code 69, and a provider that cannot be used 78", async (t) => {
  const taken = await listening(t, createServer());
  const common = `upstream: ":9"\nlisten: 127.0.0.1:0\nworkers: 2\n`;
  const admin = `${common}admin_listen: ${taken}\n${goodFile.split("\n")[1]}\n`;
  const refusal = await run(t, { files: { "config.yaml": admin } });
  assert.equal(refusal.code, 69, refusal.stderr);
  assert.match(refusal.stderr, /--admin-listen/);
  const broken = `${common}allow: everyone\nproviders: [{ module: ./none.mjs, name: house }]\n`;
  const none = await run(t, { files: { "config.yaml": broken } });
  assert.equal(none.code, 78, none.stderr);
  assert.equal(none.stderr.match(/^error:/gm)?.length, 1);
  assert.match(none.stderr, /hint: house: /);
});

test("--insecure serves with workers too, and a second signal stops at once", async (t) => {
  const args = ["--upstream", ":9", "--listen", "127.0.0.1:0", "--insecure", "--workers", "2"];
  const gate = start(t, { args });
  const address = () => /"listen":"(http:[^"]+)"/.exec(gate.stdout())?.[1] ?? "";
  await eventually("the banner", () => address() !== "");
  assert.equal(gate.stdout().match(/stands at/g)?.length, 1);
  assert.match(gate.stdout(), /"workers":2/);
  const port = Number(new URL(address()).port);
  const held = times(4, () => {
    const socket = request({ port, host: "127.0.0.1", method: "POST", path: "/x" });
    socket.on("error", () => {});
    socket.write("the start of a body that does not end");
    return socket;
  });
  t.after(() => {
    for (const socket of held) socket.destroy();
  });
  await eventually("the workers", async () => {
    const { status } = await fetch(`${address()}/api/auth/status`, { headers: apart });
    return status === 200;
  });
  gate.child.kill("SIGTERM");
  await eventually("the stop", () => gate.stdout().includes("stopping"));
  gate.child.kill("SIGINT");
  assert.equal((await gate.ended).code, 1);
});

test("SIGHUP gives new settings to every worker, one that is started later too, or to none", async (t) => {
  const settings = "public_paths: [/open]\nallow: everyone\n";
  const crew = await startCrew(t, { settings });
  const { url, file: common, folder, gate, idp, workers } = crew;
  const statuses = () =>
    Promise.all(times(6, async () => (await fetch(`${url}/open`, { headers: apart })).status));
  const before = await statuses();
  assert.deepEqual(before, [404, 404, 404, 404, 404, 404]);
  const hangup = async (file: string, line: string) => {
    writeFileSync(join(folder, "config.yaml"), file);
    gate.child.kill("SIGHUP");
    await eventually(line, () => gate.stdout().includes(line));
  };
  await hangup(common.replace("public_paths: [/open]", ""), '"changed":["public_paths"]');
  const closed = [401, 401, 401, 401, 401, 401];
  assert.deepEqual(await statuses(), closed);

  const first = workers();
  process.kill(first[0] ?? 0, "SIGKILL");
  await replaced(crew, first);
  assert.deepEqual(await statuses(), closed, "the new worker has the new settings");

  await hangup(`${common}log: { level: nonsense }\n`, "the new configuration is not valid");
  await hangup(common.replace("workers: 2", "workers: 3"), '"settings":["workers"]');
  const gone = common.replace(/^providers:.*$/m, "providers: [{ module: ./none.mjs, name: oidc }]");
  await hangup(gone, "the new configuration cannot be taken");
  assert.deepEqual(await statuses(), closed, "the one before stays, at every worker");
  const alice = crew.browser();
  await signIn(alice, { url: `${url}/` });
  assert.equal(idp.tokenCalls().total, 1);
});

test("the admin listener tells of all workers: requests are summed, and no sum falls when one dies", async (t) => {
  const crew = await startCrew(t);
  const { url, admin, workers } = crew;
  const counted = async () => {
    const text = await (await admin("/metrics")).text();
    const own = /^hermes_gate_http_requests_total\{[^}]*code="200",outcome="own"\} (\d+)$/m;
    return Number(own.exec(text)?.[1] ?? 0);
  };
  const ask = () => fetch(`${url}/api/auth/status`, { headers: apart });
  await Promise.all(times(10, ask));
  await eventually("the ten", async () => (await counted()) === 10);
  const before = workers();
  process.kill(before[0] ?? 0, "SIGKILL");
  await replaced(crew, before);
  assert.equal(await counted(), 10);
  await Promise.all(times(10, ask));
  await eventually("twenty", async () => (await counted()) === 20);
  const text = await (await admin("/metrics")).text();
  assert.match(text, /^hermes_gate_workers 2$/m);
  assert.match(text, /^hermes_gate_worker_restarts_total 1$/m);
  assert.deepEqual(await (await admin("/readyz")).json(), {
    ready: true,
    draining: false,
    session_key: "file",
    store: "ok",
    upstream: "ok",
    idp: {},
    workers: { wanted: 2, serving: 2 },
  });
  assert.equal((await admin("/healthz")).status, 200);
});

/** The status that each of so many connections of its own gets. */
function statusesAt(ask: typeof request, where: RequestOptions, count: number) {
  const one = () =>
    new Promise<number | undefined>((resolve, reject) => {
      const sent = ask(Object.assign({ path: "/api/auth/status", agent: false }, where), (answer) =>
        resolve(answer.resume().statusCode),
      );
      sent.on("error", reject).end();
    });
  return Promise.all(times(count, one));
}

test("workers serve a Unix socket, and TLS of the gate's own", async (t) => {
  const folder = temporaryFolder(t);
  const socketPath = join(folder, "gate.sock");
  const unix = await startCrew(t, { listen: `unix:${socketPath}` });
  assert.deepEqual(await statusesAt(request, { socketPath }, 4), [200, 200, 200, 200]);
  assert.match(unix.lines("stands at")[0] ?? "", /stands at unix:/);
  const { certFile, keyFile, ca } = makeCertificate(folder, ["localhost"]);
  const { url } = await startCrew(t, { settings: `tls: { cert: ${certFile}, key: ${keyFile} }` });
  const where = { host: "127.0.0.1", port: new URL(url).port, servername: "localhost", ca };
  assert.deepEqual(await statusesAt(tlsRequest, where, 4), [200, 200, 200, 200]);
});

test("S100: after a bug that nothing caught a worker answers what is under way and is replaced, and the gate goes on", async (t) => {
  const {
    address,
    signIn: beginLogin,
    stdout,
    child,
    ended,
  } = await startFaultyGate(t, "workers: 2\n");
  for (const round of [1, 2, 3]) {
    const answer = await fetch(beginLogin, { redirect: "manual", headers: apart });
    assert.equal(answer.status, 302);
    const bugs = () => stdout().match(/this worker is replaced/g)?.length ?? 0;
    await eventually("the worker's word", () => bugs() === round);
    assert.equal((await fetch(`${address}/api/auth/status`, { headers: apart })).status, 200);
  }
  assert.match(stdout(), /"level":"error".*nobody catches this/);
  child.kill("SIGTERM");
  assert.equal((await ended).code, 0);
});
