/** Very many WebSockets that say nothing, as open dashboards do: what each keeps in memory, and whether any is lost. */

import { setTimeout as sleep } from "node:timers/promises";
import type { IdleOptions, IdleResult } from "../load/idle.ts";
import { startLoad } from "../load/load.ts";
import { untilAnswers } from "../process.ts";
import { residentMegabytes } from "../process-tree.ts";
import { median } from "../statistics.ts";
import { probePath } from "../subjects/start.ts";
import { openFileLimit } from "../tools.ts";
import type { Case } from "./case.ts";
import { count, megabytes } from "./columns.ts";

const wanted = 10_000;
/** Files that a subject has open beside its sockets, generously. */
const spareFiles = 200;
const restMs = 3000;

/** A proxy has two files open a socket. */
const sockets = Math.min(wanted, Math.floor((openFileLimit() - spareFiles) / 2));

export const idleSockets: Case = {
  name: "idle-sockets",
  description: `${sockets} WebSockets through a fresh process, silent for ${restMs / 1000} s; then one message on each has to be echoed. Memory is what came on top of the idle process, for 10,000 sockets.${
    sockets < wanted ? ` This machine allows no more open files (${openFileLimit()}).` : ""
  }`,
  needs: "many-sockets",
  columns: [
    { key: "sockets", title: "sockets", pick: median, show: count },
    { key: "lost", title: "lost", pick: (values) => Math.max(...values), show: count },
    { key: "idle", title: "idle process", pick: median, show: megabytes },
    { key: "memory", title: "memory for 10,000", pick: median, show: megabytes },
    { key: "opened", title: "opened in", pick: median, show: (value) => `${value.toFixed(1)} s` },
  ],
  comparisons: [{ key: "memory", rival: "node-pipe", as: "ratio" }],
  goals: [
    { subject: "hermes-gate", of: "memory", atMost: 250 },
    { subject: "hermes-gate", of: "lost", atMost: 0 },
  ],
  roundKey: "memory",
  maxRounds: 1,
  cold: true,
  begin:
    async ({ credentials }) =>
    async (subject) => {
      const { origin, program } = subject;
      const headers = { ...credentials(subject) };
      await program.stop();
      await program.start();
      await untilAnswers(`${origin}${probePath}`, 200, headers);
      await sleep(restMs);
      const idle = residentMegabytes(program.pid);
      const startedAt = performance.now();
      const options: IdleOptions = { origin, path: "/echo", headers, sockets };
      const load = startLoad<IdleResult>("idle", options);
      await load.next();
      const opened = (performance.now() - startedAt) / 1000;
      await sleep(restMs);
      const full = residentMegabytes(program.pid);
      load.goOn();
      const { lost } = await load.next();
      await load.ended;
      return { sockets, lost, idle, memory: ((full - idle) * 10_000) / sockets, opened };
    },
};
