/**
 * A function that remembers its answers, for what every request asks about the same few things. Clients choose those things, so
 * the memory has a cap and starts over when it is full (S94). Apart, so that the cap is tested: without it all answers stay right.
 */

/** `make` with a memory of `limit` answers. The answer to a key must always be the same, and never undefined. */
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
