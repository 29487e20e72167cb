/** A worker as the primary has it: what it says is answered here, from the one store and into the one audit file, or handed to who asked. */
import { createQuestions } from "../base/questions.ts";
import type { SharedMemory } from "../store/shared-memory.ts";
import type { Child, Fork } from "./child.ts";
import type { Answer, Question, Word } from "./messages.ts";

export interface Worker extends Child {
  /** Fails when there is no answer in time (2 s, unless told otherwise), or the worker ends first. */
  ask(question: Question, timeoutMs?: number): Promise<Answer>;
}

/** What a worker says of itself. */
export type StateWord = Extract<Word, { readonly kind: "here" | "serving" | "failed" | "leaving" }>;

export interface WorkerEvents {
  state(word: StateWord): void;
  /** It has ended: by its exit code, or the signal. */
  ended(how: number | string): void;
}

export interface Desk {
  readonly fork: Fork;
  readonly memory: SharedMemory;
  /** Never fails. */
  readonly audit: (line: string) => void;
}

const answerMs = 2000;

/** Starts a worker. */
export function employ({ fork, memory, audit }: Desk, events: WorkerEvents): Worker {
  const questions = createQuestions<Question, Answer>({
    send: (id, question) => child.send({ kind: "ask", id, question }),
    timeoutMs: answerMs,
    lost: (reason) => new Error(`a worker does not answer: ${reason}`),
  });
  const member = memory.join((news) => child.send({ kind: "news", news }));

  async function serveStore({ id, request }: Extract<Word, { kind: "store" }>): Promise<void> {
    child.send({ kind: "stored", id, answer: await member.answer(request) });
  }

  const child = fork({
    word(word) {
      if (word.kind === "store") void serveStore(word);
      else if (word.kind === "audit") audit(word.line);
      else if (word.kind === "answer") questions.answered(word.id, word.answer);
      else events.state(word);
    },
    ended(how) {
      member.leave();
      questions.close();
      events.ended(how);
    },
  });
  return { ...child, ask: questions.ask };
}
