/** Node-RED: an editor whose own socket, `comms`, tells every page of what is deployed. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WebSocket } from "ws";
import { npmPackages } from "./cache.ts";
import { messageWith } from "./messages.ts";
import type { Program, Visit } from "./program.ts";

const versions = { "node-red": "5.0.7" };
const home = () => join(npmPackages(versions), "node_modules", "node-red");

/** An HTTP endpoint that the flow itself serves. */
const flow = [
  { id: "tab", type: "tab", label: "Endpoint" },
  { id: "in", type: "http in", z: "tab", url: "/hello", method: "get", wires: [["set"]] },
  {
    ...{ id: "set", type: "change", z: "tab", wires: [["out"]] },
    rules: [{ t: "set", p: "payload", pt: "msg", to: "hello from the flow", tot: "str" }],
  },
  { id: "out", type: "http response", z: "tab", statusCode: "", wires: [] },
];

export const nodeRed: Program = {
  name: "Node-RED",
  variants: [
    { name: "at the root", base: "", gate: {} },
    {
      name: "below a prefix that it knows",
      base: "/dash",
      gate: { upstream_options: { prefix: "keep" } },
    },
    { name: "below a prefix that it does not know", base: "/dash", gate: {}, knowsBase: false },
  ],
  async install() {
    const { version } = JSON.parse(readFileSync(join(home(), "package.json"), "utf8"));
    return `node-red ${version}`;
  },
  prepare({ directory, port, ownBase }) {
    const settings = {
      uiHost: "127.0.0.1",
      uiPort: port,
      userDir: directory,
      flowFile: "flows.json",
      telemetry: { enabled: false, updateNotification: false },
      editorTheme: { tours: false },
      ...(ownBase !== "" && { httpAdminRoot: ownBase, httpNodeRoot: ownBase }),
    };
    const file = join(directory, "settings.cjs");
    writeFileSync(file, `module.exports = ${JSON.stringify(settings)};`);
    return { command: process.execPath, args: [join(home(), "red.js"), "--settings", file] };
  },
  ready: "/settings",
  connect: async (visit) => openComms(visit),
  steps: [
    { name: "the editor's page", run: seeEditor },
    { name: "its API: the settings", run: readSettings },
    { name: "its socket tells of a deployment", run: deployAndHear },
    { name: "an endpoint of the flow answers", run: askFlow },
    { name: "the editor in Chromium shows the flow, connected", run: openEditor },
  ],
};

async function seeEditor({ browser, url }: Visit): Promise<void> {
  const page = await browser.visit(`${url}/`);
  assert.equal(page.status, 200);
  assert.match(page.text, /<title>Node-RED<\/title>/);
}

async function readSettings({ browser, url }: Visit): Promise<void> {
  const answer = await browser.fetch(`${url}/settings`, {
    headers: { accept: "application/json" },
  });
  assert.equal(answer.status, 200);
  assert.match(answer.text, /"version":"5\./);
}

function openComms({ browser, url }: Visit): WebSocket {
  return browser.socket(`${url}/comms`);
}

async function deployAndHear(visit: Visit): Promise<void> {
  const { browser, url } = visit;
  const socket = openComms(visit);
  await once(socket, "open");
  socket.send(JSON.stringify({ subscribe: "notification/#" }));
  const told = messageWith(socket, "notification/runtime-deploy");
  const answer = await browser.fetch(`${url}/flows`, {
    method: "POST",
    headers: { "content-type": "application/json", "node-red-deployment-type": "full" },
    body: JSON.stringify(flow),
  });
  assert.equal(answer.status, 204, answer.text);
  await told;
  socket.close();
}

async function askFlow({ browser, url }: Visit): Promise<void> {
  const answer = await browser.fetch(`${url}/hello`);
  assert.deepEqual([answer.status, answer.text], [200, "hello from the flow"]);
}

function openEditor(visit: Visit): Promise<void> {
  return visit.inChromium("/", async (page, sockets) => {
    await page.getByText("Endpoint", { exact: true }).first().waitFor();
    await sockets.heard("/comms");
  });
}
