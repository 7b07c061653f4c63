/** Keeps an answer for a moment, for what every page shows and nobody changes often; a question that fails is asked again. */
export function remember<Answer>(seconds: number, ask: () => Promise<Answer>): () => Promise<Answer> {
  let answer: Promise<Answer> | null = null;
  let askedAt = 0;
  return () => {
    if (answer && performance.now() - askedAt < seconds * 1000) return answer;
    askedAt = performance.now();
    const asked = ask();
    asked.catch(() => {
      answer = null;
    });
    answer = asked;
    return asked;
  };
}
