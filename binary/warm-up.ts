/**
 * The entry of an executable that is never shipped: it starts the gate, asks it what a first visitor asks, and writes down what
 * V8 compiled for that. Called by the build as `warm-up CACHE SOCKET`, the gate's settings in the environment.
 */
import { writeFileSync } from "node:fs";
import { get } from "node:http";
import { loadGate } from "./load.ts";

const [cacheFile = "", socketPath = ""] = process.argv.slice(2);
void warmUp();

async function warmUp(): Promise<void> {
  const gate = loadGate();
  void gate.main(["serve", "--listen", `unix:${socketPath}`]);
  await waitUntilUp();
  const page = { accept: "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
  for (const path of ["/", "/login", "/auth/account"]) await ask(path, page);
  for (const path of ["/api/auth/providers", "/api/auth/me", "/auth/client.js"]) {
    await ask(path, {});
  }
  writeFileSync(cacheFile, gate.codeCache());
  process.kill(process.pid, "SIGTERM");
}

async function waitUntilUp(): Promise<void> {
  const deadline = performance.now() + 30_000;
  while ((await ask("/api/auth/status", {})) !== 200) {
    if (performance.now() > deadline) throw new Error("the gate did not answer in 30 seconds");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function ask(path: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve) => {
    get(
      { socketPath, path, headers: { host: "localhost", ...headers }, agent: false },
      (answer) => {
        answer.resume().on("end", () => resolve(answer.statusCode ?? 0));
      },
    ).on("error", () => resolve(0));
  });
}
