/** A Vite dev server: refuses host names that it does not know, and updates the open page over a socket of its own. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WebSocket } from "ws";
import { npmPackages } from "./cache.ts";
import { messageWith } from "./messages.ts";
import type { Program, Visit } from "./program.ts";

const versions = { vite: "8.3.8" };
const modules = () => join(npmPackages(versions), "node_modules");

export const vite: Program = {
  name: "Vite",
  variants: [
    {
      name: "at the root, with its own Host",
      base: "",
      gate: { upstream_options: { host: "upstream" } },
    },
    {
      name: "below a prefix, with server.allowedHosts",
      base: "/dash",
      gate: { upstream_options: { prefix: "keep" } },
      knowsHost: true,
    },
  ],
  async install() {
    const { version } = JSON.parse(readFileSync(join(modules(), "vite", "package.json"), "utf8"));
    return `vite ${version}`;
  },
  prepare({ directory, port, ownBase, url, variant }) {
    mkdirSync(join(directory, "src"));
    symlinkSync(modules(), join(directory, "node_modules"));
    writeFileSync(
      join(directory, "index.html"),
      `<!doctype html><title>Dashboard</title><link rel="icon" href="data:,"><p id="shown"></p><script type="module" src="/src/main.js"></script>`,
    );
    writeFileSync(join(directory, "src", "main.js"), mainModule);
    writeFileSync(join(directory, "src", "text.js"), textModule("first"));
    const allowedHosts = variant.knowsHost === true ? [new URL(url).hostname] : [];
    const config = {
      base: `${ownBase}/`,
      server: { host: "127.0.0.1", port, strictPort: true, allowedHosts },
    };
    const file = join(directory, "vite.config.mjs");
    writeFileSync(file, `export default ${JSON.stringify(config)};`);
    return { command: process.execPath, args: [join(modules(), "vite", "bin", "vite.js")] };
  },
  ready: "/",
  connect,
  steps: [
    { name: "the page", run: seePage },
    { name: "a module, transformed", run: readModule },
    { name: "its socket tells of a changed file", run: changeAndHear },
    { name: "in Chromium a change shows on the page without a reload", run: changeAndSee },
  ],
};

const mainModule = `import { text } from "./text.js";
const show = (value) => { document.querySelector("#shown").textContent = value; };
show(text);
import.meta.hot.accept("./text.js", (changed) => show(changed.text));
`;

const textModule = (text: string) => `export const text = "${text}";\n`;

async function seePage({ browser, url }: Visit): Promise<void> {
  const page = await browser.visit(`${url}/`);
  assert.equal(page.status, 200, page.text);
  assert.match(page.text, /@vite\/client/);
}

async function readModule({ browser, url }: Visit): Promise<void> {
  const answer = await browser.fetch(`${url}/src/main.js`);
  assert.equal(answer.status, 200);
  assert.match(answer.text, /createHotContext/);
}

/** With the token that the client module names, as the page does; signed out there is none. */
async function connect({ browser, url }: Visit): Promise<WebSocket> {
  const client = await browser.fetch(`${url}/@vite/client`);
  const token = /const wsToken = "([^"]+)"/.exec(client.text)?.[1] ?? "none";
  return browser.socket(`${url}/?token=${token}`, { protocols: ["vite-hmr"] });
}

async function changeAndHear(visit: Visit): Promise<void> {
  const socket = await connect(visit);
  await messageWith(socket, '"connected"');
  const told = messageWith(socket, "/src/text.js");
  change(visit, "second");
  await told;
  socket.close();
}

function changeAndSee(visit: Visit): Promise<void> {
  return visit.inChromium("/", async (page, sockets) => {
    await page.locator("#shown", { hasText: "second" }).waitFor();
    await sockets.heard("token=");
    await page.evaluate("window.neverReloaded = true");
    change(visit, "third");
    await page.locator("#shown", { hasText: "third" }).waitFor();
    assert.equal(await page.evaluate("window.neverReloaded"), true);
  });
}

function change({ directory }: Visit, text: string): void {
  writeFileSync(join(directory, "src", "text.js"), textModule(text));
}
