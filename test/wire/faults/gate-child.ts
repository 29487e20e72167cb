/**
 * The real gate as a process of its own, by the configuration file that it is started with: `gate-child.ts <config.yaml>`. Tells
 * where it listens, and its tally when it is asked. Ends by itself when it was told to stop and holds nothing any more.
 */
import { dirname } from "node:path";
import { createLog } from "../../../src/base/log.ts";
import { nodeRuntime } from "../../../src/base/runtime.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { serve } from "../../../src/serve.ts";
import { createTally } from "./tally.ts";

/** What the parent may say, and what it is told. */
export type ToGate = "tally" | "stop";

/** Milliseconds that one half of a WebSocket outlives the other: the only limit of the gate that no setting shortens. */
const halfOpenMs = 400;

const configFile = process.argv[2] ?? "";
const tally = createTally();
const loaded = loadConfig({
  flags: new Map(),
  configFile,
  env: {},
  cwd: dirname(configFile),
  terminal: false,
  runtime: nodeRuntime,
  mode: "serve",
});
if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
const { config } = loaded;
const gate = await serve(
  { ...config, upstream: { ...config.upstream, halfOpenMs } },
  {
    runtime: nodeRuntime,
    log: createLog({ level: "debug", format: "json" }),
    version: "0.0.0 (faults)",
  },
);
process.on("message", (order: ToGate) => {
  if (order === "tally") process.send?.(tally());
  else void gate.close().then(() => process.disconnect?.());
});
process.send?.({ address: gate.address });
