import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gather } from './gather.ts';

const options = { lanes: 2, most: 3, keysOf: (item: string) => [item[0]!], failsAll: () => false };

test('the first goes alone; what comes meanwhile goes together, no key twice at a time, and each hears its own answer', async () => {
  const groups: (readonly string[])[] = [];
  const under = new Set<string>();
  const { add, isIdle } = gather(options, async (items: readonly string[]) => {
    groups.push(items);
    for (const [key] of items) {
      assert.ok(!under.has(key!), `${key} is under way already`);
      under.add(key!);
    }
    await new Promise(setImmediate);
    for (const [key] of items) under.delete(key!);
    return items.map((item) => item.toUpperCase());
  });
  const items = ['a1', 'b1', 'c1', 'a2', 'd1', 'e1', 'f1', 'b2', 'a3'];
  assert.deepEqual(await Promise.all(items.map(add)), ['A1', 'B1', 'C1', 'A2', 'D1', 'E1', 'F1', 'B2', 'A3']);
  assert.deepEqual(groups.slice(0, 2), [['a1'], ['b1']]);
  assert.ok(groups.length < items.length && groups.every((group) => group.length <= 3));
  const ofA = groups.flat().filter((item) => item.startsWith('a'));
  assert.deepEqual(ofA, ['a1', 'a2', 'a3'], 'in their order');
  await new Promise(setImmediate);
  assert.ok(isIdle());
});

test('a group that fails is carried out one by one, unless that is in vain', async () => {
  const carryOut = async (items: readonly string[]) => {
    calls += 1;
    await new Promise(setImmediate);
    if (items.includes('bad')) throw new Error('bad');
    return items;
  };
  let calls = 0;
  const items = ['x', 'y', 'good', 'bad', 'other'];
  const outcome = async (failsAll: () => boolean) => {
    calls = 0;
    const { add } = gather({ ...options, lanes: 1, most: 9, failsAll }, carryOut);
    return (await Promise.allSettled(items.map(add))).map(({ status }) => status[0]).join('');
  };
  assert.deepEqual([await outcome(() => false), calls], ['fffrf', 6]);
  assert.deepEqual([await outcome(() => true), calls], ['frrrr', 2]);
});
