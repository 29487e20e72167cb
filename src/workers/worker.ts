/**
 * One of several processes that are one gate (docs/adr/0006-workers.md): does what the primary orders, and serves with a store, an audit
 * file and an admin listener that are the primary's. Knows no signal and no exit: its command does.
 */
import type { RootLog } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import type { LogConfig } from "../config/config.ts";
import type { Prepared } from "../reload.ts";
import { type Openers, type Serving, serve } from "../serve.ts";
import type { Metrics } from "../server/metrics.ts";
import type { Readiness } from "../server/readiness.ts";
import { createDistantMemory } from "../store/distant-memory.ts";
import { openStore } from "../store/open.ts";
import { toFailure } from "./failure.ts";
import type { Answer, Facts, Order, Question, Word } from "./messages.ts";
import { wholeConfig } from "./plain-config.ts";

export interface WorkerDeps {
  readonly runtime: Runtime;
  /** The log that the settings ask for. */
  readonly makeLog: (settings: LogConfig, colour: boolean) => RootLog;
  /** To the primary. May throw. */
  readonly send: (word: Word) => void;
  /** The process is to end with this code. */
  readonly end: (code: 0 | 1) => void;
}

interface Watched {
  readonly metrics: Metrics;
  readonly readiness: () => Promise<Readiness>;
}

/** Hears the primary's orders. */
export function createWorker(deps: WorkerDeps): (order: Order) => void {
  const { runtime, send, end } = deps;
  const memory = createDistantMemory({
    send: (id, request) => send({ kind: "store", id, request }),
  });
  let serving: Promise<Serving> | undefined;
  let prepared: Promise<Prepared | undefined> | undefined;
  let watched: Watched | undefined;

  async function start(order: Extract<Order, { kind: "start" }>): Promise<Serving> {
    const config = wholeConfig(order.config);
    const { version, revision } = order;
    let facts: Facts = { address: "", providers: [], skipped: [] };
    const openers: Openers = {
      store: async (setting, more) =>
        setting === "memory" ? memory.store : openStore(setting, more),
      auditFile: () => ({ write: (line) => send({ kind: "audit", line }), close() {} }),
      async admin(_, parts) {
        watched = parts;
        return { address: "", close: async () => {} };
      },
      started(_, { address, registry, skipped }) {
        facts = { address, providers: registry.providers.map(({ name }) => name), skipped };
      },
    };
    const gate = await serve(config, {
      ...{ runtime, version, openers, log: deps.makeLog(config.log, order.colour) },
      ...(revision !== undefined && { revision }),
    });
    send({ kind: "serving", ...facts });
    return gate;
  }

  async function answer(question: Question): Promise<Answer> {
    if (question.about === "settings") {
      prepared = serving?.then((gate) => gate.prepare(wholeConfig(question.config)));
      const changes = (await prepared)?.changes;
      return { changes: changes ?? { taken: [], fixed: [], refused: [] } };
    }
    const idp = [...(watched?.metrics.idp ?? [])];
    if (question.about === "metrics") {
      const metrics = await watched?.metrics.report();
      return { report: { idp, ...(metrics !== undefined && { metrics }) } };
    }
    const readiness = await watched?.readiness();
    return { report: { idp, ...(readiness !== undefined && { readiness }) } };
  }

  async function take(): Promise<void> {
    (await prepared)?.take();
    prepared = undefined;
  }

  /** May be told more than once. */
  async function stop(): Promise<void> {
    const gate = await serving?.catch(() => undefined);
    await gate?.close();
    end(0);
  }

  /** A bug in what an order asks for is the process's: it ends as by any other. */
  return (order) => {
    if (order.kind === "stored") memory.answered(order.id, order.answer);
    else if (order.kind === "news") memory.news(order.news);
    else if (order.kind === "take") void take();
    else if (order.kind === "stop") void stop();
    else if (order.kind === "ask") {
      const { id, question } = order;
      void answer(question).then((found) => send({ kind: "answer", id, answer: found }));
    } else {
      serving = start(order);
      serving.catch((error: unknown) => {
        send({ kind: "failed", failure: toFailure(error) });
        end(1);
      });
    }
  };
}
