/**
 * Questions to another process, over a channel that cannot tell which message answers which: each question has a number, one
 * answer and a deadline. Without the deadline, whoever asks a process that hangs would wait for ever.
 */

export interface Questions<Question, Answer> {
  /** The answer. Fails with what `lost` makes when none comes in `timeoutMs`, the question cannot be sent, or `close` is called. */
  ask(question: Question, timeoutMs?: number): Promise<Answer>;
  /** Hands the answer to who asked. One that comes too late is dropped. */
  answered(id: number, answer: Answer): void;
  /** No more answers will come: those who wait are told so. */
  close(): void;
}

export interface QuestionOptions<Question> {
  /** May throw. */
  readonly send: (id: number, question: Question) => void;
  /** Milliseconds until a question is given up, where `ask` names no other time. */
  readonly timeoutMs: number;
  /** Makes the error of a question without an answer; `reason` ends its sentence. */
  readonly lost: (reason: string) => Error;
}

interface Asker<Answer> {
  answer(answer: Answer): void;
  giveUp(reason: string): void;
}

/** No question is open at first. */
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
