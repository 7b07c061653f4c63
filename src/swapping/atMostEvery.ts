const keysMax = 10_000;

/** Whether something is due again, by key: yes, and then no for some seconds. Forgets everything rather than grow. */
export function atMostEvery(seconds: number): (key: string) => boolean {
  const last = new Map<string, number>();
  return (key) => {
    const now = performance.now();
    const before = last.get(key);
    if (before !== undefined && now - before < seconds * 1000) return false;
    if (last.size >= keysMax) last.clear();
    last.set(key, now);
    return true;
  };
}
