/** Security rules that are about the sources and the packages as such: each is one that a later change breaks unseen. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { codeLines, readSources, type SourceFile } from "./support/source-tree.ts";

const sources = readSources().filter(({ path }) => !path.startsWith("browser/"));
const packageFile = (name: string) =>
  JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), "utf8"));

/** Every collection that starts empty and grows while the gate serves, and what bounds it. */
const collections: Readonly<Record<string, string>> = {
  "base/expiring-map.ts entries": "the capacity, and the expiry of each entry",
  "base/questions.ts open": "the questions under way, each for its time-out",
  "base/remember.ts answers": "starts over when full",
  "gate/public-paths.ts exact": "the configuration",
  "http/resolve-base.ts bases": "starts over when full",
  "http/resolve-base.ts given": "the warnings that there are",
  "provider/registry.ts built": "the configuration",
  "provider/registry.ts byName": "the configuration",
  "proxy/field-actions.ts identity": "the configuration",
  "proxy/field-actions.ts table": "the names in the code",
  "proxy/identity-fields.ts known": "the identities that are held elsewhere",
  "proxy/identity-jwt.ts known": "the identities that are held elsewhere",
  "proxy/live.ts bySession": "the open streams",
  "proxy/live.ts entries": "the open streams",
  "proxy/http1/connections.ts all": "the requests at a time, and what is kept for seconds after",
  "proxy/slots.ts waiting": "the open requests, each for the connect time-out",
  "server/answer.ts lingering": "the connections that are held elsewhere",
  "server/in-turn.ts waiting": "the connections that are held elsewhere",
  "server/listen.ts sockets": "the open connections",
  "server/metrics.ts asked": "the requests that are held elsewhere",
  "server/metrics.ts idp": "its most hosts",
  "server/slow-reader.ts sockets": "the open connections",
  "server/tally.ts cells": "the outcomes, methods and statuses that there are",
  "session/access.ts byProvider": "the configuration",
  "session/access.ts judged": "the identities that are held elsewhere",
  "session/ended.ts untold": "its capacity, and the end of each session",
  "session/refresh-memory.ts underWay": "its capacity, each call for the provider's time-out",
  "session/seal.ts keysByPurpose": "the purposes in the code",
  "session/write-cookies.ts sealedOnce": "the sessions that are held elsewhere",
  "store/listeners.ts byChannel": "the channels in the code",
  "store/shared-memory.ts channels": "the channels in the code",
  "store/shared-memory.ts kept": "the channels in the code, each with its cap",
  "store/shared-memory.ts members": "the processes that share the memory",
  "workers/admin.ts counted": "the workers",
  "workers/pool.ts delays": "the workers",
  "workers/pool.ts members": "the workers, and those that end",
  "workers/report.ts last": "the hosts that are told apart",
};

const atStart = /^(?:config|commands)\/|^(?:cli|program)\.ts/;

/** `path name` of every Map, Set and WeakMap that is made empty and kept. */
function collectionsOf({ path, text }: SourceFile): readonly string[] {
  if (atStart.test(path)) return [];
  const made = /const (\w+)(?:: [^=]+)? = new (?:Weak)?(?:Map|Set)(?:<.*>)?\(\);$/;
  return text.split("\n").flatMap((line) => {
    const name = made.exec(line.trim())?.[1];
    return name === undefined || name === "NONE" ? [] : [`${path} ${name}`];
  });
}

test("S94: everything that grows while the gate serves is known, with its bound", () => {
  assert.deepEqual(sources.flatMap(collectionsOf).toSorted(), Object.keys(collections).toSorted());
});

test("S94: a collection is found however it is typed", () => {
  const text = "const a = new Map<string, Map<string, () => void>>();\n  const b: X = new Set();";
  assert.deepEqual(collectionsOf({ path: "gate/x.ts", text }), ["gate/x.ts a", "gate/x.ts b"]);
});

/** The lines of all code that match. */
function linesWith(pattern: RegExp): readonly string[] {
  return sources.flatMap((file) =>
    codeLines(file)
      .filter((line) => pattern.test(line))
      .map((line) => `${file.path}: ${line}`),
  );
}

test("S98: no source reads headersDistinct or trailersDistinct", () => {
  assert.deepEqual(linesWith(/\b(?:headers|trailers)Distinct\b/), []);
});

test("S98: no pattern is made of anything but the code's own text", () => {
  const made = linesWith(/\bRegExp\(/);
  assert.deepEqual(
    made.map((line) => line.split(":")[0]),
    ["base/redact.ts"],
  );
  assert.match(readFileSync(new URL("../src/base/redact.ts", import.meta.url), "utf8"), patternOf);
});

/** The one list that a pattern is made of, as a literal. */
const patternOf = /^const parameters =\n {2}"[a-z_|]+";$/m;

const floors = [
  ["undici", "8.10.2"],
  ["ws", "8.21.0"],
  ["jose", "6.0.0"],
] as const;

for (const [name, floor] of floors) {
  test(`S120: the locked ${name} is at least ${floor}`, () => {
    const version: string =
      packageFile("package-lock.json").packages[`node_modules/${name}`].version;
    const order = version.localeCompare(floor, "en", { numeric: true });
    assert.ok(order >= 0, `${name} ${version} is below ${floor}`);
  });
}

test("S120: http-proxy is the maintained rewrite wherever it is named", () => {
  const { dependencies, devDependencies, optionalDependencies } = packageFile("package.json");
  const all: Record<string, string> = {
    ...dependencies,
    ...devDependencies,
    ...optionalDependencies,
  };
  assert.match(all["http-proxy"] ?? "npm:http-proxy-3@", /^npm:http-proxy-3@/);
});
