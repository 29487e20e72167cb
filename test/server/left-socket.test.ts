/** What becomes of what has the name of the socket that is to be listened on. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { isSocketAt, removeLeftSocket } from "../../src/server/left-socket.ts";
import { createListener } from "../../src/server/listen.ts";
import { temporaryFolder } from "../support/config.ts";

async function listening(t: TestContext, path: string) {
  const server = createServer((socket) => socket.destroy()).listen(path);
  await once(server, "listening");
  t.after(() => server.close());
  return server;
}

/** A socket as a process that was killed leaves it: a second name stays when the server takes the first away. */
async function leftSocket(t: TestContext): Promise<string> {
  const folder = temporaryFolder(t);
  const path = join(folder, "gate.sock");
  const server = await listening(t, join(folder, "own.sock"));
  linkSync(join(folder, "own.sock"), path);
  server.close();
  await once(server, "close");
  return path;
}

test("a socket on which nobody answers is removed", async (t) => {
  const path = await leftSocket(t);
  assert.equal(isSocketAt(path), true);
  assert.equal(await removeLeftSocket(path), true);
  assert.equal(existsSync(path), false);
});

test("a listener takes over the socket that one before it has left", async (t) => {
  const path = await leftSocket(t);
  const server = createHttpServer((_, response) => response.end());
  t.after(() => server.close());
  assert.equal(await createListener(server).listen({ path }), `unix:${path}`);
  assert.equal(isSocketAt(path), true);
});

test("a socket on which somebody answers stays, and the listener fails", async (t) => {
  const path = join(temporaryFolder(t), "gate.sock");
  const other = await listening(t, path);
  assert.equal(await removeLeftSocket(path), false);
  const listener = createListener(createHttpServer());
  await assert.rejects(listener.listen({ path }), { code: "EADDRINUSE" });
  assert.ok(other.listening && isSocketAt(path));
});

test("what is no socket stays, a link to one that was left too", async (t) => {
  const folder = temporaryFolder(t);
  const [file, inner, link] = [join(folder, "file"), join(folder, "folder"), join(folder, "link")];
  writeFileSync(file, "somebody's");
  mkdirSync(inner);
  symlinkSync(await leftSocket(t), link);
  for (const path of [file, inner, link, join(folder, "nothing"), join(file, "below")]) {
    assert.equal(isSocketAt(path), false);
    assert.equal(await removeLeftSocket(path), false);
  }
  const listener = createListener(createHttpServer());
  await assert.rejects(listener.listen({ path: file }), { code: "EADDRINUSE" });
  assert.equal(readFileSync(file, "utf8"), "somebody's");
  assert.ok(existsSync(inner) && existsSync(link));
});

test("of two that look at the same time one removes the socket, and never that of the other", async (t) => {
  const path = await leftSocket(t);
  const first = removeLeftSocket(path);
  // Answers of the system come in a later turn: the second looks before the first has removed anything.
  const second = removeLeftSocket(path);
  assert.equal(await first, true);
  const winner = await listening(t, path);
  assert.equal(await second, false);
  assert.ok(winner.listening && isSocketAt(path));
});
