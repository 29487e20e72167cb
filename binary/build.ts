/**
 * `npm run build:binary [-- TARGET...]`: the gate as one executable that needs no Node, for each target or for those that are
 * named, in `out/`. The one for this machine has V8's code cache; for the others it would have to be made over there.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildRevision, packageVersion } from "../src/commands/version.ts";
import { signAdHoc } from "./ad-hoc-signature.ts";
import { bundleEntry, bundleGate, licences } from "./bundle.ts";
import { copyStripped, nodeBuild } from "./node-builds.ts";
import { isHost, type Target, targetOf, targets } from "./targets.ts";

const root = join(import.meta.dirname, "..");
const out = join(root, "out");
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !targets.some((target) => target.name === name));
if (unknown !== undefined) {
  const known = targets.map(({ name }) => name).join(", ");
  console.error(`error: there is no target ${JSON.stringify(unknown)}\nhint: one of ${known}`);
  process.exit(64);
}

const work = mkdtempSync(join(tmpdir(), "hermes-gate-binary-"));
const at = (name: string): string => join(work, name);
const write = (name: string, content: string | Buffer): string => {
  writeFileSync(at(name), content);
  return at(name);
};

try {
  mkdirSync(out, { recursive: true });
  execFileSync(
    join(root, "node_modules/.bin/tsc"),
    ["-p", "tsconfig.browser.json", "--outDir", work],
    { cwd: root },
  );
  const { code, packages } = await bundleGate();
  const version = packageVersion();
  const assets = {
    "gate.js": write("gate.js", code),
    "client.js": at("browser/client.js"),
    "build.json": write(
      "build.json",
      JSON.stringify({ version, revision: buildRevision(process.env) }),
    ),
  };
  write("main.js", await bundleEntry("main.ts"));
  write("warm-up.js", await bundleEntry("warm-up.ts"));
  for (const target of targets.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    const started = performance.now();
    const file = `hermes-gate-${version}-${target.name}`;
    const notes = await make(target, assets, packages, join(out, file));
    const content = readFileSync(join(out, file));
    if (targetOf(content.subarray(0, 32)) !== target.name) throw new Error(`${file} has no format`);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const size = (content.length / 1e6).toFixed(0);
    console.log(`out/${file}  ${size} MB  ${notes.join(", ")}  (${seconds} s)`);
  }
  writeFileSync(join(out, "SHA256SUMS"), sumsOf(`hermes-gate-${version}-`));
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Makes one executable; gives what there is to say of it. */
async function make(
  target: Target,
  assets: Readonly<Record<string, string>>,
  packages: readonly string[],
  output: string,
): Promise<readonly string[]> {
  const notes: string[] = [];
  const node = nodeBuild(target);
  writeFileSync(join(out, "LICENCES.txt"), licences(node.licence, packages));
  const executable = at(`node-${target.name}`);
  if (copyStripped(node, target, executable)) notes.push("stripped");
  const all: Record<string, string> = { ...assets };
  if (isHost(target)) {
    inject({ main: at("warm-up.js"), executable, output: at("warm-up"), assets });
    all["gate.cache"] = await codeCache(at("warm-up"));
    notes.push(`code cache ${(statSync(all["gate.cache"]).size / 1e6).toFixed(1)} MB`);
  }
  inject({ main: at("main.js"), executable, output, assets: all });
  if (target.platform === "darwin") {
    writeFileSync(output, signAdHoc(readFileSync(output), "hermes-gate"), { mode: 0o755 });
    notes.push("signed ad hoc");
  }
  if (!isHost(target)) notes.push("not run here");
  return notes;
}

/** For `sha256sum --check`, of everything that lies in `out/` under such a name. */
function sumsOf(prefix: string): string {
  const files = readdirSync(out).filter((file) => file.startsWith(prefix));
  const sum = (file: string) => createHash("sha256").update(readFileSync(join(out, file)));
  return files.map((file) => `${sum(file).digest("hex")}  ${file}\n`).join("");
}

interface Injection {
  readonly main: string;
  readonly executable: string;
  readonly output: string;
  readonly assets: Readonly<Record<string, string>>;
}

function inject(injection: Injection): void {
  const settings = {
    ...{ ...injection, mainFormat: "commonjs", disableExperimentalSEAWarning: true },
    // A provider's own module is loaded through a door of node:vm that node still calls experimental.
    execArgv: ["--disable-warning=ExperimentalWarning"],
  };
  const file = write("sea.json", JSON.stringify(settings));
  execFileSync(process.execPath, ["--build-sea", file], { stdio: ["ignore", "ignore", "inherit"] });
}

/** The file with what V8 compiled in a first run. */
async function codeCache(warmUp: string): Promise<string> {
  const cache = at("gate.cache");
  execFileSync(warmUp, [cache, at("gate.sock")], {
    cwd: work,
    timeout: 60_000,
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      HOME: work,
      HERMES_GATE_STATE_DIR: work,
      HERMES_GATE_UPSTREAM: "127.0.0.1:9",
      HERMES_GATE_OIDC_ISSUER: "http://127.0.0.1:9",
      HERMES_GATE_OIDC_CLIENT_ID: "warm-up",
    },
  });
  return cache;
}
