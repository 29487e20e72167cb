/**
 * Questions to another process over a channel that carries messages and knows no answers: each is numbered, answered once, and
 * given up after its time. A process that has stopped to answer must cost those who ask an error, and not the rest of their days.
 */

export interface Questions<Question, Answer> {
  /** The answer. Fails with what `lost` makes: when it does not come in time, and when the question cannot be sent. */
  ask(question: Question): Promise<Answer>;
  /** Hands the answer to who asked. One that comes too late is dropped. */
  answered(id: number, answer: Answer): void;
}

export interface QuestionOptions<Question> {
  /** May throw. */
  readonly send: (id: number, question: Question) => void;
  /** Milliseconds until a question is given up. */
  readonly timeoutMs: number;
  readonly lost: (reason: string) => Error;
}

export function createQuestions<Question, Answer>(
  options: QuestionOptions<Question>,
): Questions<Question, Answer> {
  const { send, timeoutMs, lost } = options;
  const open = new Map<number, (answer: Answer) => void>();
  let last = 0;
  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        last += 1;
        const id = last;
        const giveUp = (reason: string) => {
          open.delete(id);
          reject(lost(reason));
        };
        const timer = setTimeout(giveUp, timeoutMs, "no answer in time").unref();
        open.set(id, (answer) => {
          clearTimeout(timer);
          resolve(answer);
        });
        try {
          send(id, question);
        } catch {
          clearTimeout(timer);
          giveUp("the channel is closed");
        }
      }),
    answered(id, answer) {
      open.get(id)?.(answer);
      open.delete(id);
    },
  };
}
