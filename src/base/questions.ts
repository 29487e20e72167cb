/**
 * Questions to another process over a channel that carries messages and knows no answers: each is numbered, answered once, and
 * given up after its time. A process that has stopped to answer must cost those who ask an error, and not the rest of their days.
 */

export interface Questions<Question, Answer> {
  /** The answer. Fails with what `lost` makes: when it does not come in time, and when the question cannot be sent. */
  ask(question: Question, timeoutMs?: number): Promise<Answer>;
  /** Hands the answer to who asked. One that comes too late is dropped. */
  answered(id: number, answer: Answer): void;
  /** No more answers will come: those who wait are told so. */
  close(): void;
}

export interface QuestionOptions<Question> {
  /** May throw. */
  readonly send: (id: number, question: Question) => void;
  /** Milliseconds until a question is given up that names no time of its own. */
  readonly timeoutMs: number;
  readonly lost: (reason: string) => Error;
}

interface Asker<Answer> {
  answer(answer: Answer): void;
  giveUp(reason: string): void;
}

export function createQuestions<Question, Answer>(
  options: QuestionOptions<Question>,
): Questions<Question, Answer> {
  const { send, lost } = options;
  const open = new Map<number, Asker<Answer>>();
  let last = 0;
  return {
    ask: (question, timeoutMs = options.timeoutMs) =>
      new Promise((resolve, reject) => {
        last += 1;
        const id = last;
        const settle = () => {
          clearTimeout(timer);
          open.delete(id);
        };
        const giveUp = (reason: string) => {
          settle();
          reject(lost(reason));
        };
        const timer = setTimeout(giveUp, timeoutMs, "no answer in time").unref();
        open.set(id, {
          answer(answer) {
            settle();
            resolve(answer);
          },
          giveUp,
        });
        try {
          send(id, question);
        } catch {
          giveUp("the channel is closed");
        }
      }),
    answered: (id, answer) => open.get(id)?.answer(answer),
    close() {
      for (const { giveUp } of open.values()) giveUp("the channel is closed");
    },
  };
}
