/** What the gate adds to the time of a request while it is busy but not overrun: at half of the rate that it can do at most. */
import { apart } from "../cores.ts";
import { runLoad } from "../load/load.ts";
import type { OpenLoopOptions, OpenLoopResult } from "../load/open-loop.ts";
import { median } from "../statistics.ts";
import { runWrk } from "../wrk.ts";
import type { Case, Column } from "./case.ts";
import { p50, rate, undisturbedP99 } from "./columns.ts";
import { browserHeaders } from "./get.ts";

/** Whose highest rate the load is half of. */
const measure = "hermes-gate";

const heldUp: Column = {
  key: "heldUp",
  title: "load held up",
  pick: median,
  show: (share) => `${(share * 100).toFixed(1)} %`,
};

export const latency: Case = {
  name: "latency",
  description: `Small GETs at a constant rate, half of the highest of ${measure} (found by wrk just before), whatever the answers do; each counts from when it was due, so that waiting behind a slow one shows. "Held up" is the load's own process, by the machine: what fell due meanwhile was due after it. The subject has a core of its own, load and upstream share the others. "Added" is the difference to asking the upstream directly.`,
  needs: "latency",
  columns: [rate("requests"), p50, undisturbedP99, heldUp],
  comparisons: [
    { key: "p50", rival: "direct", as: "difference" },
    { key: "p99", rival: "direct", as: "difference" },
  ],
  goals: [
    {
      subject: measure,
      of: { key: "p99", rival: "direct", as: "difference" },
      atMost: 2,
    },
  ],
  roundKey: "p99",
  leastRounds: 9,
  async begin({ environment, subjects, seconds, connections, credentials }) {
    const first = subjects.get(measure) ?? [...subjects.values()].at(-1);
    if (first === undefined) throw new Error("latency needs a subject");
    const headers = { ...browserHeaders, ...credentials(first) };
    const url = `${first.origin}/small`;
    const upstream = environment.upstreamProgram.pid;
    const most = await apart(first.program.pid, upstream, () =>
      runWrk({ url, seconds, connections, headers }),
    );
    const half = most.requests / most.seconds / 2;
    return async (subject, duration) => {
      const options: OpenLoopOptions = {
        origin: subject.origin,
        path: "/small",
        headers: { ...browserHeaders, ...credentials(subject) },
        connections,
        rate: half,
        seconds: duration,
      };
      const load = () => runLoad<OpenLoopResult>("open-loop", options);
      return { ...(await apart(subject.program.pid, upstream, load)) };
    };
  },
};
