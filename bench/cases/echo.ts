/** WebSocket messages that are echoed, one under way on each socket, against what two joined sockets cost in one Node process. */
import type { EchoOptions, EchoResult } from "../load/echo.ts";
import { runLoad } from "../load/load.ts";
import { lowerQuartile } from "../statistics.ts";
import type { Case } from "./case.ts";
import { count, cpu, memory, p50, p99, rate } from "./columns.ts";
import { costed } from "./cost.ts";

/** Sockets of these cases: a message each is under way. */
const sockets = 32;

function echoCase(name: string, description: string, size: number): Case {
  const perCpu = { key: "perCpu", rival: "node-pipe", as: "ratio" } as const;
  return {
    name,
    description,
    needs: "sockets",
    columns: [
      rate("messages"),
      {
        key: "perCpu",
        title: "messages a CPU second",
        // The upper quartile, as the cost is the lower one.
        pick: (values) => 1 / lowerQuartile(values.map((value) => 1 / value)),
        show: count,
      },
      cpu("message"),
      p50,
      p99,
      memory,
    ],
    comparisons: [perCpu],
    goals: [{ subject: "hermes-gate", of: perCpu, atLeast: 0.8 }],
    maxRounds: 5,
    begin:
      async ({ credentials }) =>
      async (subject, seconds) => {
        const figures = await costed(subject, () =>
          runLoad<EchoResult>("echo", {
            origin: subject.origin,
            path: "/echo",
            headers: { ...credentials(subject) },
            connections: sockets,
            size,
            seconds,
          } satisfies EchoOptions),
        );
        return { ...figures, perCpu: 1e6 / (figures["cpu"] ?? Number.NaN) };
      },
  };
}

export const echoSmall = echoCase(
  "echo-small",
  `WebSocket messages of 64 bytes on ${sockets} sockets, each echoed before the next is sent.`,
  64,
);
export const echoLarge = echoCase("echo-large", "The same with messages of 64 KiB.", 65_536);
