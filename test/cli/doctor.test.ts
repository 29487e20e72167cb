/** The doctor: a set-up that is well, and broken ones, each of which its first failing line names. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { startStack } from "../e2e/stack.ts";
import { makeCertificate } from "../outer/certificate.ts";
import { run } from "../support/command.ts";
import { temporaryFolder } from "../support/config.ts";
import { listening } from "../support/listening.ts";

type Changes = Readonly<Record<string, string>>;

const answering = async (t: TestContext, handler: RequestListener) =>
  `http://${await listening(t, createServer(handler))}`;

interface IdpParts {
  readonly issuer?: string;
  readonly keys?: readonly object[];
  readonly date?: string;
}

/** What an issuer says of itself, as far as the doctor asks. */
async function issuer(t: TestContext, parts: IdpParts = {}): Promise<string> {
  const origin = await answering(t, (request, response) => {
    const own = `http://${request.headers.host}`;
    const body = request.url?.endsWith("/openid-configuration")
      ? {
          issuer: parts.issuer ?? own,
          authorization_endpoint: `${own}/authorize`,
          token_endpoint: `${own}/token`,
          jwks_uri: `${own}/jwks`,
        }
      : { keys: parts.keys ?? [{ kty: "EC" }] };
    if (parts.date !== undefined) response.setHeader("date", parts.date);
    response.setHeader("content-type", "application/json").end(JSON.stringify(body));
  });
  return origin;
}

/** The doctor's verdict over a good set-up with these changes to its flags. */
async function examined(
  t: TestContext,
  changes: { readonly flags?: Changes; readonly file?: string; readonly folder?: string } = {},
) {
  const flags: Changes = {
    "--upstream": changes.flags?.["--upstream"] ?? (await dashboard(t)),
    "--issuer": changes.flags?.["--issuer"] ?? (await issuer(t)),
    "--client-id": "dash",
    "--public-url": "https://dash.example/h",
    ...changes.flags,
  };
  const ended = await run(t, {
    args: ["doctor", ...Object.entries(flags).flat()],
    ...(changes.folder !== undefined && { folder: changes.folder }),
    ...(changes.file !== undefined && { files: { "config.yaml": changes.file } }),
  });
  const lines = ended.stdout.split("\n");
  const at = lines.findIndex((line) => line.startsWith("fail"));
  return { ...ended, failing: lines[at] ?? "", mend: lines[at + 1] ?? "" };
}

const dashboard = (t: TestContext) =>
  listening(
    t,
    createServer((_, response) => response.end("hello")),
  );

/** Accepts connections and does with them as the test says. */
const tcp = (t: TestContext, answer: string) =>
  listening(
    t,
    createTcpServer((socket) => socket.on("error", () => {}).end(answer)),
  );

/** Speaks TLS with a certificate of nobody's. */
function tlsServer(t: TestContext): Promise<string> {
  const { certFile, keyFile } = makeCertificate(temporaryFolder(t), ["127.0.0.1"]);
  const server = createTlsServer(
    { cert: readFileSync(certFile), key: readFileSync(keyFile) },
    (socket) => socket.on("error", () => {}),
  );
  return listening(t, server);
}

test("a set-up that is well is told line by line, and the redirect URI with it", async (t) => {
  const ended = await examined(t);
  assert.equal(ended.code, 0, ended.stdout);
  const shown = ended.stdout.replace(/127\.0\.0\.1:\d+/g, "HOST").replace(/\(\d+ ms\)/g, "(N ms)");
  assert.match(
    shown,
    /^ok {4}upstream {7}http:\/\/HOST answered GET \/ with 200 \(N ms\)\nok {4}upstream ws {4}http:\/\/HOST answered a WebSocket upgrade of \/ with 200 \(N ms\)\nok {4}discovery {6}"oidc": http:\/\/HOST names its endpoints \(N ms\)\nok {4}signing keys {3}"oidc": 1 at http:\/\/HOST\/jwks \(N ms\)\nok {4}clock {10}within \d+ s of "oidc"'s\nok {4}redirect URI {3}register https:\/\/dash\.example\/h\/auth\/callback\nok {4}cookies {8}browsers accept __Secure-hermes_session_at with Path=\/h\n/m,
  );
});

const broken: Readonly<
  Record<
    string,
    {
      readonly set: (t: TestContext) => Promise<Parameters<typeof examined>[1]>;
      readonly says: RegExp;
      readonly mend?: RegExp;
    }
  >
> = {
  "a configuration with a mistake": {
    set: async () => ({ flags: { "--upstream": "nonsense" } }),
    says: /^fail {2}configuration {2}--upstream: "upstream" must be/,
  },
  "a configuration with a mistake, and its mend": {
    set: async () => ({ flags: { "--log-level": "loud" } }),
    says: /^fail {2}configuration {2}--log-level: "log\.level" must be .*, got "loud"$/,
    mend: /^ {21}mend: without it, it is "info"$/,
  },
  "a dashboard that is not there": {
    set: async () => ({ flags: { "--upstream": "127.0.0.1:1" } }),
    says: /^fail {2}upstream +tried GET \/ at http:\/\/127\.0\.0\.1:1: ECONNREFUSED/,
    mend: /mend: nothing listens there: start the dashboard, or correct upstream/,
  },
  "a dashboard of https written as http": {
    set: async (t) => ({ flags: { "--upstream": await tcp(t, "\x15\x03\x03\x00\x02\x02\x46") } }),
    says: /^fail {2}upstream +tried GET \//,
    mend: /an https:\/\/ upstream written as http:\/\/ looks like this too/,
  },
  "a dashboard that hangs up": {
    set: async (t) => ({ flags: { "--upstream": await tcp(t, "") } }),
    says: /^fail {2}upstream +tried GET \/ .*: ECONNRESET/,
    mend: /it closed the connection without an answer/,
  },
  "an issuer that nobody answers for": {
    set: async () => ({ flags: { "--issuer": "http://127.0.0.1:1" } }),
    says: /^fail {2}discovery +"oidc": discovery did not answer \(ECONNREFUSED\)/,
    mend: /check issuer, DNS and the way out/,
  },
  "an issuer that calls itself by another name": {
    set: async (t) => ({
      flags: { "--issuer": await issuer(t, { issuer: "https://other.example" }) },
    }),
    says: /^fail {2}discovery +.*names the issuer "https:\/\/other\.example"/,
    mend: /write the issuer exactly as the provider names it/,
  },
  "an issuer without keys": {
    set: async (t) => ({ flags: { "--issuer": await issuer(t, { keys: [] }) } }),
    says: /^fail {2}signing keys +"oidc": http\S+\/jwks holds no key/,
  },
  "a clock that is an hour off": {
    set: async (t) => ({
      flags: { "--issuer": await issuer(t, { date: "Thu, 01 Jan 2026 00:00:00 GMT" }) },
    }),
    says: /^fail {2}clock +\d+ s ahead of "oidc"'s: tokens will be refused/,
    mend: /set this machine's clock/,
  },
  "a public base without TLS": {
    set: async () => ({ flags: { "--public-url": "http://dash.example" } }),
    says: /^fail {2}cookies +hermes_session_at .* goes over the network in clear/,
    mend: /put TLS before the gate/,
  },
  "a key file that others can read": {
    set: async (t) => {
      const folder = temporaryFolder(t);
      mkdirSync(join(folder, "state"));
      writeFileSync(join(folder, "state", "session.key"), `${"k".repeat(43)}\n`);
      chmodSync(join(folder, "state", "session.key"), 0o644);
      return { folder, file: "state_dir: state\n" };
    },
    says: /^fail {2}configuration +the key file \S+ can be read by others; run: chmod 600 /,
  },
  "a store that is not there": {
    set: async () => ({ flags: { "--store": "redis://:hunter2@127.0.0.1:1" } }),
    says: /^fail {2}store +asked redis:\/\/127\.0\.0\.1:1\/0 for a key: nothing listens there \(ECONNREFUSED\)/,
    mend: /start it, or correct host and port in store/,
  },
  "a store whose certificate is of an authority that nobody knows": {
    set: async (t) => ({ flags: { "--store": `rediss://${await tlsServer(t)}` } }),
    says: /^fail {2}store +asked rediss:\/\/127\.0\.0\.1:\d+\/0 for a key: its certificate is not trusted \(\w*CERT/,
    mend: /NODE_EXTRA_CA_CERTS/,
  },
};

for (const [name, { set, says, mend }] of Object.entries(broken)) {
  test(`names ${name}`, async (t) => {
    const ended = await examined(t, await set(t));
    assert.match(ended.failing, says);
    if (mend !== undefined) assert.match(ended.mend, mend);
    assert.equal(ended.code, 1);
    assert.doesNotMatch(ended.stdout, /hunter2/);
  });
}

test("--insecure examines all but the sign-in, which there is none of", async (t) => {
  const flags = { "--upstream": await dashboard(t) };
  const args = ["doctor", "--insecure", ...Object.entries(flags).flat()];
  const { code, stdout } = await run(t, { args });
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^ok {4}upstream /m);
  assert.match(
    stdout,
    /^note {2}sign-in +none, with --insecure: whoever reaches 127\.0\.0\.1:4180 reaches the dashboard\n +mend: add a provider/m,
  );
  assert.match(stdout, /^ok {4}store /m);
  assert.doesNotMatch(stdout, /redirect URI|discovery/);
});

test("--url tells a gate that serves without sign-in", async (t) => {
  const open = await answering(t, (_, response) => {
    response.setHeader("content-type", "application/json");
    response.end('{"auth_required":false,"auth_providers":[],"version":"0.1.0"}');
  });
  const { failing, mend, code } = await examined(t, { flags: { "--url": open } });
  assert.match(failing, /^fail {2}sign-in +the gate there serves without sign-in/);
  assert.match(mend, /start it without --insecure/);
  assert.equal(code, 1);
});

test("--url tells which forwarded headers do not arrive", async (t) => {
  const stack = await startStack(t);
  const good = {
    "--upstream": stack.dashboard.address,
    "--issuer": stack.idp.issuer,
  };
  const file = `providers: [{ type: oidc, name: demo, issuer: "${stack.idp.issuer}", client_id: x }]\n`;
  const folder = () => temporaryFolder(t);
  const ask = (url: string) =>
    run(t, {
      folder: folder(),
      files: { "config.yaml": file },
      args: ["doctor", "--upstream", good["--upstream"], "--url", url],
    });
  const direct = await ask(stack.url);
  assert.match(direct.stdout, /^ok {4}forwarded {6}scheme, host and prefix arrive: register /m);

  // A proxy that takes a prefix off and tells nobody.
  const { port } = new URL(stack.url);
  const outer = await answering(t, async (request, response) => {
    const path = (request.url ?? "").replace(/^\/h/, "");
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: "manual" });
    const location = answer.headers.get("location");
    if (location !== null) response.setHeader("location", location);
    response.writeHead(answer.status).end(await answer.text());
  });
  const silent = await ask(`${outer}/h`);
  assert.match(
    silent.stdout,
    /^fail {2}forwarded {6}the gate takes itself for http:\/\/127\.0\.0\.1:\d+\/auth\/callback: Host or X-Forwarded-Host, X-Forwarded-Prefix did not arrive/m,
  );
  assert.equal(silent.code, 1);

  const elsewhere = await ask(`http://${await dashboard(t)}`);
  assert.match(elsewhere.stdout, /^fail {2}outer proxy {4}\S+ answered 200, and not as a gate/m);
});
