/** From nothing to the first answer, and what the process then holds. */

import { setTimeout as sleep } from "node:timers/promises";
import { untilAnswers } from "../process.ts";
import { residentMegabytes } from "../process-tree.ts";
import { median } from "../statistics.ts";
import { probePath } from "../subjects/start.ts";
import type { Case } from "./case.ts";
import { count, megabytes } from "./columns.ts";

const restMs = 1000;

export const startUp: Case = {
  name: "start-up",
  description: `A fresh process: milliseconds from its start to its first answer, whatever that is, and its memory ${restMs / 1000} s later. Memory under load is in the tables of the other cases.`,
  needs: "start-up",
  columns: [
    { key: "ms", title: "first answer", pick: median, show: (value) => `${count(value)} ms` },
    { key: "memory", title: "memory, idle", pick: median, show: megabytes },
  ],
  comparisons: [],
  goals: [],
  roundKey: "ms",
  maxRounds: 5,
  cold: true,
  begin:
    async () =>
    async ({ origin, program }) => {
      await program.stop();
      const startedAt = performance.now();
      await program.start();
      await untilAnswers(`${origin}${probePath}`);
      const ms = performance.now() - startedAt;
      await sleep(restMs);
      return { ms, memory: residentMegabytes(program.pid) };
    },
};
