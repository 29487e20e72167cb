/**
 * A function that remembers its answers: for what is asked on every request about the same few things. Which things is up to
 * clients, so what is remembered has a cap, past which it starts over (S94). Apart because a lost cap shows in no answer.
 */

/** The same answers, made at most once for each key until more than `limit` keys were asked. They must not change or be undefined. */
export function remember<Answer extends {}>(
  limit: number,
  make: (key: string) => Answer,
): (key: string) => Answer {
  const answers = new Map<string, Answer>();
  return (key) => {
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = make(key);
    if (answers.size >= limit) answers.clear();
    answers.set(key, answer);
    return answer;
  };
}
