interface Waiting<Item, Result> {
  item: Item;
  answer: (result: Result) => void;
  fail: (error: unknown) => void;
}

export interface Gathering<Item, Result> {
  add(item: Item): Promise<Result>;
  isIdle(): boolean;
}

/**
 * Carries things out by the group: as soon as a lane is free, whatever has come meanwhile goes together, so that many share one
 * trip and one commit, and one that comes alone waits for nobody. No two in flight have a key in common. A group
 * that fails is carried out one by one, so that one takes nobody along, unless the error says that it would be in vain.
 */
export function gather<Item, Result>(
  {
    lanes,
    most,
    keysOf,
    failsAll,
  }: {
    lanes: number;
    most: number;
    keysOf: (item: Item) => readonly string[];
    failsAll: (error: unknown) => boolean;
  },
  /** Answers in the order of the items. */
  carryOut: (items: readonly Item[]) => Promise<readonly Result[]>,
): Gathering<Item, Result> {
  let waiting: Waiting<Item, Result>[] = [];
  const busy = new Set<string>();
  let running = 0;

  function take(): Waiting<Item, Result>[] {
    const group: Waiting<Item, Result>[] = [];
    const rest: Waiting<Item, Result>[] = [];
    for (const each of waiting) {
      const keys = keysOf(each.item);
      if (group.length < most && !keys.some((key) => busy.has(key))) {
        for (const key of keys) busy.add(key);
        group.push(each);
      } else rest.push(each);
    }
    waiting = rest;
    return group;
  }

  async function run(group: readonly Waiting<Item, Result>[]): Promise<void> {
    running += 1;
    await carry(group);
    running -= 1;
    for (const { item } of group) for (const key of keysOf(item)) busy.delete(key);
    next();
  }

  async function carry(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await carryOut(group.map(({ item }) => item));
      group.forEach(({ answer }, index) => {
        answer(results[index]!);
      });
    } catch (error) {
      if (group.length === 1 || failsAll(error)) for (const { fail } of group) fail(error);
      else for (const each of group) await carry([each]);
    }
  }

  function next(): void {
    while (running < lanes && waiting.length > 0) {
      const group = take();
      if (group.length === 0) return;
      void run(group);
    }
  }

  return {
    add: (item) =>
      new Promise((answer, fail) => {
        waiting.push({ item, answer, fail });
        next();
      }),
    isIdle: () => running === 0 && waiting.length === 0,
  };
}
