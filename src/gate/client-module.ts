/**
 * `GET /auth/client.js`: the browser module (contract 10). Read once at the start: from the executable, from the built package,
 * or from the sources, where its types are blanked out. Needs no session, since a page that has lost its own must still be able
 * to load what leads to the sign-in.
 */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { shippedText } from "../base/executable.ts";
import { scriptReply } from "../http/reply.ts";
import type { Handler } from "./handler.ts";
import { replyWith } from "./verdict.ts";

export function createClientModule(): Handler {
  const script = shippedText("client.js") ?? readScript();
  return () => replyWith(scriptReply(script), "own");
}

function readScript(): string {
  const fromSources = import.meta.url.endsWith(".ts");
  const file = new URL(`../browser/client.${fromSources ? "ts" : "js"}`, import.meta.url);
  const text = readFileSync(file, "utf8");
  return fromSources ? stripTypeScriptTypes(text) : text;
}
