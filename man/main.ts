/** `npm run man`: writes `man/hermes-gate.1` anew. */
import { writeFileSync } from "node:fs";
import { packageVersion } from "../src/commands/version.ts";
import { describeCommandLine } from "../src/program.ts";
import { manPage } from "./page.ts";

writeFileSync(
  new URL("hermes-gate.1", import.meta.url),
  manPage(describeCommandLine(), packageVersion()),
);
