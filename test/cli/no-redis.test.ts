/** An installation without the optional packages, as `npm install --omit=optional` leaves it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../support/config.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

test("a store in Redis without its package is told with the mend, and exits 78", async (t) => {
  const folder = temporaryFolder(t);
  for (const part of ["bin", "dist", "package.json"]) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  mkdirSync(join(folder, "node_modules"));
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name === "ioredis" || name.startsWith(".")) continue;
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  const provider = ["--issuer", "https://idp.example", "--client-id", "dash"];
  const flags = ["--upstream", ":9", "--listen", "127.0.0.1:0", ...provider];
  const store = ["--store", "redis://:sesame@127.0.0.1:9"];
  const child = spawn(process.execPath, [join(folder, "bin/hermes-gate.js"), ...flags, ...store], {
    cwd: folder,
    env: { PATH: "/usr/bin:/bin", HOME: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  assert.equal(
    errors,
    `error: "store" names a Redis server, and the optional package ioredis is not installed
hint: install it beside the gate (npm install ioredis), or set store to memory
`,
  );
  assert.equal(code, 78);
});
