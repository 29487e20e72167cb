import assert from "node:assert/strict";
import { test } from "node:test";
import { createQuestions } from "../../src/base/questions.ts";

function start(timeoutMs = 60_000) {
  const sent: [number, string][] = [];
  const questions = createQuestions<string, string>({
    send: (id, question) => sent.push([id, question]),
    timeoutMs,
    lost: (reason) => new Error(`lost: ${reason}`),
  });
  return { sent, ...questions };
}

test("each answer comes to its question, in whatever order", async () => {
  const { sent, ask, answered } = start();
  const answers = [ask("a"), ask("b"), ask("c")];
  for (const [id, question] of sent.toReversed()) answered(id, question.toUpperCase());
  assert.deepEqual(await Promise.all(answers), ["A", "B", "C"]);
});

test("a question is given up after its time, its own or the usual one", async () => {
  await assert.rejects(start(1).ask("a"), /lost: no answer in time/);
  await assert.rejects(start().ask("a", 1), /lost: no answer in time/);
});

test("a second answer is nobody's", async () => {
  const { ask, answered } = start();
  const answer = ask("a");
  answered(1, "first");
  answered(1, "second");
  assert.equal(await answer, "first");
});

test("who waits when the channel closes is told at once", async () => {
  const { ask, close } = start();
  const answers = [ask("a"), ask("b")];
  close();
  for (const answer of answers) await assert.rejects(answer, /lost: the channel is closed/);
});
