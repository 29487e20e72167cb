/** TLS of the gate's own: a visit over it, and certificates that are renewed, well and badly. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connect } from "node:tls";
import {
  CertificateRefused,
  readCertificate,
  watchCertificate,
} from "../../src/server/certificate.ts";
import { startStack } from "../e2e/stack.ts";
import { makeCertificate } from "../outer/certificate.ts";
import { createBrowser } from "../support/browser.ts";
import { temporaryFolder } from "../support/config.ts";
import { logInto } from "../support/session-parts.ts";
import { signIn } from "../support/sign-in.ts";
import { testRuntime } from "../support/still-clock.ts";

function makeIn(t: TestContext, name: string) {
  const folder = join(temporaryFolder(t), name);
  mkdirSync(folder);
  return makeCertificate(folder, ["localhost"]);
}

/** Connects and tells what the server speaks. */
function handshake(
  port: number,
  options: {
    readonly ca: string;
    readonly maxVersion?: "TLSv1.1";
    readonly alpn?: readonly string[];
  },
): Promise<{ readonly alpn: string | false | null; readonly version: string | null }> {
  return new Promise((resolve, reject) => {
    const { ca, maxVersion, alpn = ["h2", "http/1.1"] } = options;
    const socket = connect(
      {
        ...{ port, host: "127.0.0.1", servername: "localhost", ca },
        ALPNProtocols: [...alpn],
        ...(maxVersion !== undefined && { maxVersion, minVersion: maxVersion }),
      },
      () => {
        resolve({ alpn: socket.alpnProtocol, version: socket.getProtocol() });
        socket.destroy();
      },
    );
    socket.on("error", reject);
  });
}

test("S21: a visit over TLS is https throughout: addresses, __Host- cookies, a WebSocket", async (t) => {
  const { certFile, keyFile, ca } = makeIn(t, "pair");
  const stack = await startStack(t, {
    settings: { tls: { cert: certFile, key: keyFile } },
    scheme: "https",
  });
  const alice = createBrowser({ ca });
  t.after(() => alice.close());
  const landing = await signIn(alice, { url: `${stack.url}/` });
  assert.equal(landing.url, `${stack.url}/`);
  assert.deepEqual(
    alice.jar.cookiesFor(new URL(stack.url)).map(({ name }) => name),
    ["__Host-hermes_session_at", "__Host-hermes_session_rt"],
  );
  const socket = alice.socket(`${stack.url}/ws`);
  t.after(() => socket.terminate());
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));

  const port = Number(new URL(stack.url).port);
  assert.deepEqual(await handshake(port, { ca }), { alpn: "http/1.1", version: "TLSv1.3" });
  await assert.rejects(handshake(port, { ca, alpn: ["h2"] }));
  await assert.rejects(handshake(port, { ca, maxVersion: "TLSv1.1" }));
  await assert.rejects(fetch(`http://127.0.0.1:${port}/login`), "plain HTTP is not answered");
  assert.equal((await alice.fetch(`${stack.url}/api/whoami`)).status, 200, "and breaks nothing");
});

test("takes a renewed pair, and keeps the one before with one line when the new one is broken", (t) => {
  const first = makeIn(t, "first");
  const second = makeIn(t, "second");
  const folder = temporaryFolder(t);
  const files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  const put = (pair: typeof first) => {
    copyFileSync(pair.certFile, files.cert);
    copyFileSync(pair.keyFile, files.key);
  };
  put(first);
  const used: unknown[] = [];
  const lines: string[] = [];
  const watch = watchCertificate({
    ...{ files, current: readCertificate(files), runtime: testRuntime(), log: logInto(lines) },
    server: { setSecureContext: ({ cert }) => void used.push(cert) },
  });
  t.after(watch.stop);
  const errors = () => lines.filter((line) => line.startsWith("error"));

  watch.look();
  assert.deepEqual(used, [], "nothing has changed");
  copyFileSync(second.certFile, files.cert);
  watch.look();
  watch.look();
  assert.deepEqual(used, [], "half of a renewal");
  assert.equal(errors().length, 1);
  assert.match(errors()[0] ?? "", /tls\.key must name the key of the certificate/);
  copyFileSync(second.keyFile, files.key);
  watch.look();
  assert.deepEqual(used, [second.ca]);
  writeFileSync(files.cert, "");
  watch.look();
  assert.equal(used.length, 1);
  assert.match(errors()[1] ?? "", /tls\.cert must name a file with a PEM certificate/);
});

test("refuses a key of another certificate, and one with a passphrase", (t) => {
  const first = makeIn(t, "first");
  const second = makeIn(t, "second");
  const refused = (cert: string, key: string) => {
    try {
      readCertificate({ cert, key });
    } catch (error) {
      return error instanceof CertificateRefused ? `${error.part} ${error.message}` : error;
    }
    return undefined;
  };
  assert.equal(refused(first.certFile, first.keyFile), undefined);
  assert.match(String(refused(first.certFile, second.keyFile)), /^key must name the key of the/);
  assert.match(
    String(refused(first.certFile, first.certFile)),
    /^key must name a file with a PEM key/,
  );
});
