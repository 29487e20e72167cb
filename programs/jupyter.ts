/** Jupyter: judges Host and Origin itself, asks for a token of its own on each POST, and runs code over a socket. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { pythonPackages } from "./cache.ts";
import { messageWith } from "./messages.ts";
import type { Program, Visit } from "./program.ts";

const versions = { jupyterlab: "4.6.6", jupyter_server: "2.21.1", ipykernel: "7.4.0" };
const program = (name: string) => join(pythonPackages(versions), "bin", name);

export const jupyter: Program = {
  name: "Jupyter",
  variants: [
    {
      name: "at the root, with its own Host",
      base: "",
      gate: { upstream_options: { host: "upstream" } },
    },
    {
      name: "below a prefix, with allow_remote_access",
      base: "/dash",
      gate: { upstream_options: { prefix: "keep" } },
      knowsHost: true,
    },
  ],
  async install() {
    const { stdout } = spawnSync(program("jupyter-lab"), ["--version"], { encoding: "utf8" });
    return `jupyterlab ${stdout.trim()}`;
  },
  prepare({ directory, port, ownBase, variant }) {
    const settings = {
      "ServerApp.ip": "127.0.0.1",
      "ServerApp.port": port,
      "ServerApp.port_retries": 0,
      "ServerApp.base_url": `${ownBase}/`,
      "ServerApp.root_dir": directory,
      "ServerApp.allow_root": "True",
      "ServerApp.allow_remote_access": variant.knowsHost === true ? "True" : "False",
      "IdentityProvider.token": "",
      "LabApp.news_url": "None",
    };
    const flags = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
    return {
      command: program("jupyter-lab"),
      args: ["--no-browser", ...flags],
      env: {
        HOME: directory,
        JUPYTER_RUNTIME_DIR: directory,
        JUPYTER_CONFIG_DIR: join(directory, "config"),
        PATH: `${join(program(".."))}:${process.env["PATH"]}`,
      },
    };
  },
  ready: "/api",
  connect: async ({ browser, url }) => browser.socket(`${url}/api/events/subscribe`),
  steps: [
    { name: "the page of the lab", run: seePage },
    { name: "its API: the version, and who is there", run: readStatus },
    { name: "its kernels API starts a kernel, whose socket says that 1+1 is 2", run: compute },
    { name: "the lab in Chromium, connected", run: openLab },
  ],
};

async function seePage({ browser, url }: Visit): Promise<void> {
  const page = await browser.visit(`${url}/lab`);
  assert.equal(page.status, 200, page.text);
  assert.match(page.text, /<title>JupyterLab<\/title>/);
}

async function readStatus({ browser, url }: Visit): Promise<void> {
  const version = await browser.fetch(`${url}/api`);
  assert.match(version.text, new RegExp(versions.jupyter_server));
  const status = await browser.fetch(`${url}/api/status`);
  assert.equal(status.status, 200, status.text);
}

async function compute(visit: Visit): Promise<void> {
  const { browser, url } = visit;
  const xsrf = browser.jar.cookiesFor(new URL(`${url}/lab`)).find(({ name }) => name === "_xsrf");
  assert.ok(xsrf !== undefined, "the page has set its own cookie through the gate");
  const headers = {
    "content-type": "application/json",
    "x-xsrftoken": xsrf.value,
    origin: new URL(url).origin,
  };
  const ask = { method: "POST", headers, body: '{"name":"python3"}' };
  const started = await browser.fetch(`${url}/api/kernels`, ask);
  assert.equal(started.status, 201, started.text);
  const { id } = JSON.parse(started.text) as { readonly id: string };

  const socket = browser.socket(`${url}/api/kernels/${id}/channels?session_id=${randomUUID()}`);
  await once(socket, "open");
  const result = messageWith(socket, '"execute_result"');
  socket.send(execute("1+1"));
  assert.match(await result, /"text\/plain": ?"2"/);
  socket.close();
  const ended = await browser.fetch(`${url}/api/kernels/${id}`, { method: "DELETE", headers });
  assert.equal(ended.status, 204, ended.text);
}

function execute(code: string): string {
  const header = { msg_id: randomUUID(), msg_type: "execute_request", username: "", session: "" };
  const content = { code, silent: false, store_history: false, allow_stdin: false };
  const empty = { parent_header: {}, metadata: {}, buffers: [] };
  return JSON.stringify({ header, content, channel: "shell", ...empty });
}

function openLab(visit: Visit): Promise<void> {
  return visit.inChromium("/lab", async (page, sockets) => {
    await page.locator(".jp-LauncherCard", { hasText: "Python 3" }).first().click();
    await sockets.heard("/channels");
  });
}
