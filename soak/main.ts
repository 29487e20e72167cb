/**
 * `npm run soak`: people come to the gate and use it for minutes while the dashboard and the identity provider restart. Ends with
 * status 1 when anything came that should not have, a session was lost, or the gate holds more than it did.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readFlags, refuseFlags } from "../test/support/flags.ts";
import { page, summary } from "./report.ts";
import { soak } from "./run.ts";

const flags = readFlags({
  minutes: { type: "string", default: "10" },
  sessions: { type: "string", default: "200" },
  seed: { type: "string", default: "1" },
  write: { type: "boolean", default: false },
});

const findings = await soak({
  minutes: positive("minutes"),
  sessions: positive("sessions"),
  seed: positive("seed"),
  accessTokenSeconds: 5,
});
console.log(`\n${summary(findings)}`);
if (flags.write) {
  writeFileSync(join(import.meta.dirname, "../docs/performance-soak.md"), page(findings));
}
process.exitCode = findings.checks.every(({ met }) => met) ? 0 : 1;

function positive(name: "minutes" | "sessions" | "seed"): number {
  const value = Number(flags[name]);
  if (value > 0) return value;
  return refuseFlags(
    `--${name} is no number above 0: ${flags[name]}`,
    "npm run soak -- --minutes 2",
  );
}
