/** The morning after: very many sessions whose tokens have all expired ask for several things at the same moment. */

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { publicClient, startIdp } from "../../demo/idp.ts";
import { cpuSeconds } from "../cpu.ts";
import { runLoad } from "../load/load.ts";
import type { StormOptions, StormResult } from "../load/storm.ts";
import { median } from "../statistics.ts";
import { newSession, startGate } from "../subjects/gate.ts";
import { probePath } from "../subjects/start.ts";
import type { Case } from "./case.ts";
import { count, millis } from "./columns.ts";

const sessions = 100;
/** Requests of each session, on connections of their own. */
const each = 4;
const tokenSeconds = 4;

export const refreshStorm: Case = {
  name: "refresh-storm",
  description: `${sessions} sessions whose access tokens have expired make ${each} requests each at one moment. The provider rotates refresh tokens and ends a session that uses one twice; it runs on the same cores and signs every new token, which is most of the time.`,
  needs: "storm",
  columns: [
    { key: "good", title: "answers of 200", pick: (values) => Math.min(...values), show: count },
    { key: "calls", title: "token calls", pick: (values) => Math.max(...values), show: count },
    { key: "whole", title: "all answered in", pick: median, show: millis },
    { key: "p50", title: "median", pick: median, show: millis },
    { key: "p99", title: "p99", pick: median, show: millis },
    { key: "cpu", title: "CPU a session", pick: median, show: millis },
  ],
  comparisons: [],
  goals: [
    { subject: "hermes-gate", of: "good", atLeast: sessions * each },
    { subject: "hermes-gate", of: "calls", atMost: sessions },
  ],
  roundKey: "whole",
  maxRounds: 3,
  cold: true,
  begin:
    async ({ environment }) =>
    async () => {
      const idp = await startIdp({
        accessTokenSeconds: tokenSeconds,
        clients: [publicClient],
      });
      const home = join(environment.directory, "storm");
      const gate = await startGate({ ...environment, idp, home, nodeArguments: [] });
      try {
        const cookies: string[] = [];
        while (cookies.length < sessions) cookies.push(await newSession(gate.origin));
        await sleep((tokenSeconds + 1) * 1000);
        const callsBefore = idp.tokenCalls().refreshToken;
        const cpuBefore = cpuSeconds(gate.program.pid);
        const url = `${gate.origin}${probePath}`;
        const options: StormOptions = { url, cookies, each };
        const { good, whole, p50, p99 } = await runLoad<StormResult>("storm", options);
        const spent = cpuSeconds(gate.program.pid) - cpuBefore;
        const calls = idp.tokenCalls().refreshToken - callsBefore;
        return { good, calls, whole, p50, p99, cpu: (spent * 1000) / sessions };
      } finally {
        await gate.program.stop();
        await idp.close();
      }
    },
};
