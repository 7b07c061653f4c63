import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { addNumbers, addSource, addTarget, beaconOf, chrome, hex24, robot } from '../../test/website.ts';
import { openWorld, type World } from '../../test/world.ts';
import { turnClock } from '../platform/clock.ts';
import { type PoolNumber, shareNumbers } from '../rules/sharing.ts';
import { liveEverySeconds, type VisitAnswer, type VisitBeacon } from '../rules/swapping.ts';
import { findMeasuredVisits } from './pools/store.ts';
import { readSite } from './readSite.ts';
import { type RecordVisit, recordingVisits } from './recordVisit.ts';

/* A pool's numbers, shared out to visitors on a real database; two recorders are two web processes. */

let world: World;
let processes: RecordVisit[];
before(async () => {
  world = await openWorld();
  processes = [recordingVisits(world.house), recordingVisits(world.house)];
});

const pool = () => world.house.pool;
const targets = ['+13035550142', '+13035550143'];
let pools = 0;

/** A fresh pool of so many numbers, with what its visitors hear. */
async function openPool(size: number) {
  pools += 1;
  const source = await addSource(pool(), world.shopId, {
    name: `Pool ${pools}`,
    referrer: `pool${pools}\\.`,
    isPool: true,
  });
  for (const target of targets)
    if (
      (
        await pool().query('select from target_number where account_id = $1 and phone_number = $2', [
          world.shopId,
          target,
        ])
      ).rowCount === 0
    )
      await addTarget(pool(), world.shopId, target);
  const numbers = size === 0 ? [] : await addNumbers(pool(), world.shopId, source.id, size, 200 + 10 * pools);
  let turn = 0;
  const send = async (over: Partial<VisitBeacon>, userAgent = chrome) => {
    const site = (await readSite(pool(), world.shopId))!;
    const record = processes[turn++ % 2]!;
    const beacon = beaconOf({ source: source.sid, version: site.config!.version, ...over });
    const answer = (await record(site, beacon, { userAgent, address: '198.51.100.7' })) as VisitAnswer & { isOn: true };
    return answer.swaps?.map(([target, shown]) => [target.replace(' ', ''), shown.replace(' ', '')] as const);
  };
  /** The one number that a visitor sees for every target. */
  const visit = async (visitor: string, over: Partial<VisitBeacon> = {}): Promise<string> => {
    const swaps = (await send({ visitor, ...over }))!;
    assert.deepEqual(
      swaps.map(([target]) => target),
      targets,
    );
    assert.equal(new Set(swaps.map(([, shown]) => shown)).size, 1);
    return swaps[0]![1];
  };
  return { source, numbers, send, visit };
}

const later = (seconds: number) => turnClock(world.house.db, seconds * 1000);

test('200 visitors at once, asking two processes: each has a number of their own', async () => {
  const { numbers, visit, source } = await openPool(220);
  const visitors = Array.from({ length: 200 }, hex24);
  const shown = await Promise.all(visitors.map((visitor) => visit(visitor)));
  assert.equal(new Set(shown).size, 200);
  const { rows } = await pool().query(
    `select v.sid, n.phone_number from pool_assignment a join visitor v using (account_id, visitor_id)
       join tracking_number n on n.account_id = a.account_id and n.tracking_number_id = a.tracking_number_id
      where n.tracking_source_id = $1`,
    [source.id],
  );
  assert.deepEqual(
    new Map(rows.map((row) => [row.sid, row.phone_number])),
    new Map(visitors.map((visitor, index) => [visitor, shown[index]])),
  );
  // Everybody again, in another order, with newcomers for what is left.
  const again = await Promise.all([
    ...visitors.toReversed().map((visitor) => visit(visitor)),
    ...Array.from({ length: 20 }, () => visit(hex24())),
  ]);
  assert.deepEqual(again.slice(0, 200).toReversed(), shown);
  assert.equal(new Set(again).size, numbers.length);
});

test('a number that was given counts as shown when the page says that it stands there', async () => {
  const { visit, send } = await openPool(2);
  const ids = { visitor: hex24(), visit: hex24() };
  const showings = async () =>
    (
      await pool().query(
        `select n.phone_number from showing s join visit t using (account_id, visit_id)
           join tracking_number n on n.account_id = s.account_id and n.tracking_number_id = s.tracking_number_id
          where t.sid = $1`,
        [ids.visit],
      )
    ).rows.map((row) => row.phone_number);
  const number = await visit(ids.visitor, ids);
  await visit(ids.visitor, { ...ids, page: 'https://anchor.example/blog' });
  assert.deepEqual(await showings(), [], 'nobody sees it on a page without a number');
  assert.equal(await send({ ...ids, kind: 'live', shown: [number] }), undefined, 'nothing new');
  assert.deepEqual(await showings(), [number]);
  await visit(ids.visitor, { ...ids, page: 'https://anchor.example/contact', shown: [number] });
  assert.deepEqual(await showings(), [number]);
});

test('the same visitor at once in many tabs has one number', async () => {
  const { visit } = await openPool(10);
  const visitor = hex24();
  const shown = await Promise.all(Array.from({ length: 20 }, () => visit(visitor)));
  assert.equal(new Set(shown).size, 1);
});

test('its report counts the visits of seven days in which a number of it stood on a page', async () => {
  const { visit, send, source } = await openPool(2);
  const measured = async () =>
    ((await findMeasuredVisits(world.house.db, world.shopId, await world.now())).get(source.id) ?? []).length;
  const look = async (visitor: string) => {
    const ids = { visitor, visit: hex24() };
    const number = await visit(visitor, ids);
    await later(30);
    await send({ ...ids, kind: 'live', shown: [number] });
    await later(30);
    await send({ ...ids, kind: 'live', shown: [number] });
  };
  await visit(hex24());
  assert.equal(await measured(), 0, 'on a page without a number');
  const anna = hex24();
  await look(anna);
  await look(anna);
  await look(hex24());
  assert.equal(await measured(), 3);
  const [first] = (await findMeasuredVisits(world.house.db, world.shopId, await world.now())).get(source.id)!;
  assert.ok(first!.begunAt.getTime() + 30_000 <= first!.firstShownAt.getTime());
  assert.ok(first!.firstShownAt.getTime() + 30_000 <= first!.lastShownAt.getTime());
  await world.travel(6.9);
  await look(hex24());
  assert.equal(await measured(), 4);
  await world.travel(0.2);
  assert.equal(await measured(), 1);
});

describe('a pool that is too small', () => {
  test('gives the number that was shown least recently, and comes to live visitors’ last', async () => {
    const { visit, send, numbers } = await openPool(3);
    const [a, b, c, d, e] = Array.from({ length: 5 }, hex24) as [string, string, string, string, string];
    const first = await visit(a);
    await later(10);
    const second = await visit(b);
    await later(10);
    const third = await visit(c);
    assert.deepEqual(
      [first, second, third],
      numbers.map(({ phoneNumber }) => phoneNumber),
      'never-shown ones first',
    );
    // a goes on looking, the others leave.
    for (let look = 0; look < 4; look += 1) {
      await later(liveEverySeconds);
      assert.equal(
        await send({ visitor: a, kind: 'live', shown: [first] }),
        undefined,
        'it stands on the page already',
      );
    }
    assert.equal(await visit(d), second);
    assert.equal(await visit(b), third, 'who comes back after theirs was given away gets another');
    await later(1);
    assert.equal(await visit(e), first, 'all are live: the one shown the longest ago');
    assert.equal(await visit(d), second, 'and everybody else keeps theirs');
  });

  test('never asks for more than there is, however many come at once', async () => {
    const { visit, numbers } = await openPool(5);
    const shown = await Promise.all(Array.from({ length: 60 }, () => visit(hex24())));
    assert.deepEqual(new Set(shown), new Set(numbers.map(({ phoneNumber }) => phoneNumber)));
  });

  test('is shared out right while those who left come back in the same moment', async () => {
    const { visit, send, numbers } = await openPool(3);
    for (let round = 0; round < 4; round += 1) {
      const holders = Array.from({ length: 3 }, hex24);
      const theirs: string[] = [];
      for (const holder of holders) theirs.push(await visit(holder));
      await later(500);
      const [back, come] = await Promise.all([
        Promise.all(holders.map((visitor, index) => send({ visitor, kind: 'live', shown: [theirs[index]!] }))),
        Promise.all(Array.from({ length: 3 }, () => visit(hex24()))),
      ]);
      // More are looking than there are numbers: everybody has one, whoever's it was. Who came back keeps it or hears of another.
      const ofPool = numbers.map(({ phoneNumber }) => phoneNumber);
      const heard = back.flatMap((swaps) => swaps?.map(([, shown]) => shown) ?? []);
      assert.deepEqual(
        [...come, ...heard].filter((each) => !ofPool.includes(each)),
        [],
      );
      await later(500);
    }
  });

  test('of no numbers at all is no pool', async () => {
    const { send } = await openPool(0);
    assert.equal(await send({}), undefined);
  });
});

test('a number that is released or paused drops out, also of pages that show it', async () => {
  const { visit, send, numbers } = await openPool(2);
  const visitor = hex24();
  const first = await visit(visitor);
  assert.equal(first, numbers[0]!.phoneNumber);
  await pool().query(
    `insert into switch (account_id, tracking_number_id, kind, turned_at, turned_by) values ($1, $2, 'pause', now(), 'x')`,
    [world.shopId, numbers[0]!.id],
  );
  const swaps = await send({ visitor, kind: 'live', shown: [first] });
  assert.deepEqual(
    swaps,
    targets.map((target) => [target, numbers[1]!.phoneNumber]),
  );
  await pool().query(
    `insert into release (account_id, tracking_number_id, released_at, released_by, restorable_until)
     values ($1, $2, now(), 'x', now() + interval '14 days')`,
    [world.shopId, numbers[1]!.id],
  );
  assert.equal(await send({ visitor, kind: 'live', shown: [numbers[1]!.phoneNumber] }), undefined, 'no pool any more');
});

describe('a page that nobody looked at for a while, whose number went to somebody else', () => {
  /** Anna's number is Ben's now; the other number is nobody's who still looks. */
  async function passOn(size: number) {
    const { visit, send, numbers } = await openPool(size);
    const [anna, ben] = [hex24(), hex24()];
    const first = await visit(anna);
    for (let others = 1; others < size; others += 1) await visit(hex24());
    await later(400);
    assert.equal(await visit(ben), first);
    return { visit, send, numbers, anna, first };
  }

  test('shows another when it is looked at again while they look', async () => {
    const { send, numbers, anna, first } = await passOn(2);
    const other = targets.map((target) => [target, numbers[1]!.phoneNumber]);
    assert.deepEqual(await send({ visitor: anna, kind: 'live', shown: [first] }), other);
    assert.equal(await send({ visitor: anna, kind: 'live', shown: [numbers[1]!.phoneNumber] }), undefined);
  });

  test('keeps it where there is no other', async () => {
    const { send, anna, first } = await passOn(1);
    assert.equal(await send({ visitor: anna, kind: 'live', shown: [first] }), undefined);
  });

  test('has it back when they have left: it goes to nobody else while it is looked at', async () => {
    const { visit, send, numbers, anna, first } = await passOn(2);
    await later(400);
    assert.equal(await send({ visitor: anna, kind: 'live', shown: [first] }), undefined);
    assert.equal(await visit(hex24()), numbers[1]!.phoneNumber);
  });
});

test('with another configuration comes the number that fits it, but not when a link was pressed', async () => {
  const { visit, send } = await openPool(1);
  const visitor = hex24();
  const number = await visit(visitor);
  const shows = targets.map((target) => [target, number]);
  assert.deepEqual(await send({ visitor, kind: 'live', shown: [number], version: 'of before' }), shows);
  const site = (await readSite(pool(), world.shopId))!;
  const dial = beaconOf({ visitor, kind: 'dial', shown: [number], version: 'of before' });
  assert.deepEqual(await processes[0]!(site, dial, { userAgent: chrome, address: '198.51.100.7' }), { isOn: true });
});

test('numbers for some targets only: a visitor gets one for each', async () => {
  const { send, numbers } = await openPool(4);
  for (const [index, { id }] of numbers.entries())
    await pool().query(
      'insert into number_target select account_id, $2, target_number_id from target_number where account_id = $1 and phone_number = $3',
      [world.shopId, id, targets[index % 2]],
    );
  const swaps = await Promise.all([send({}), send({})]);
  assert.deepEqual(
    swaps.map((each) => each!.map(([target]) => target)),
    [targets, targets],
  );
  assert.equal(new Set(swaps.flatMap((each) => each!.map(([, shown]) => shown))).size, 4);
});

test('robots get no number of a pool, and pressing one asks for none', async () => {
  const { send, numbers } = await openPool(2);
  assert.equal(await send({}, robot), undefined);
  assert.equal(await send({ kind: 'dial', shown: [numbers[0]!.phoneNumber] }), undefined);
});

test('random visitors of a random pool: no two who are looking share a number while there are enough', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 8 }),
      fc.array(
        fc.record({
          who: fc.nat(11),
          pause: fc.constantFrom(0, 0, 1, 30, 100, 400),
          together: fc.integer({ min: 1, max: 4 }),
        }),
        {
          minLength: 1,
          maxLength: 12,
        },
      ),
      async (size, steps) => {
        const { visit } = await openPool(size);
        const visitors = Array.from({ length: 16 }, hex24);
        const shown = new Map<string, { number: string; at: number }>();
        let now = 0;
        for (const { who, pause, together } of steps) {
          if (pause > 0) await later(pause);
          now += pause;
          const arriving = Array.from({ length: together }, (_, index) => visitors[(who + index) % visitors.length]!);
          const looking = [...shown]
            .filter(([, { at }]) => now - at < 2 * liveEverySeconds)
            .map(([visitor]) => visitor);
          const needed = new Set([...looking, ...arriving]).size;
          const before = new Map(shown);
          const numbers = await Promise.all(arriving.map((visitor) => visit(visitor)));
          numbers.forEach((number, index) => {
            shown.set(arriving[index]!, { number, at: now });
          });
          if (needed > size) {
            // Whose number went to somebody else is not known to the page: they are out of the reckoning.
            shown.clear();
            return;
          }
          const held = [...new Set([...looking, ...arriving])].map((visitor) => shown.get(visitor)!.number);
          assert.equal(new Set(held).size, held.length);
          for (const visitor of arriving)
            if (looking.includes(visitor)) assert.equal(shown.get(visitor)!.number, before.get(visitor)!.number);
        }
      },
    ),
    { numRuns: 15, seed: Number(process.env.SEED ?? 1) },
  );
});

test('the rule: one’s own first, then nobody’s, then the least recently shown; each target has one', () => {
  const holder = fc.option(
    fc.record({ visitor: fc.constantFrom('me', 'a', 'b'), lastShownAt: fc.date({ noInvalidDate: true }) }),
    { nil: null },
  );
  const number = fc.record({
    trackingNumberId: fc.nat(50),
    targets: fc.subarray(['x', 'y', 'z']),
    holder,
  });
  fc.assert(
    fc.property(fc.uniqueArray(number, { selector: (each) => each.trackingNumberId, maxLength: 12 }), (numbers) => {
      const chosen = shareNumbers(numbers as PoolNumber[], 'me');
      const covered = (those: readonly PoolNumber[]) => new Set(those.flatMap((each) => each.targets));
      assert.deepEqual([...covered(chosen)].toSorted(), [...covered(numbers)].toSorted());
      const turn = (each: PoolNumber) => (each.holder === null ? 1 : each.holder.visitor === 'me' ? 0 : 2);
      for (const target of covered(numbers)) {
        const able = numbers.filter((each) => each.targets.includes(target));
        const best = Math.min(...able.map(turn));
        assert.ok(chosen.some((each) => each.targets.includes(target) && turn(each) <= best));
      }
    }),
  );
});
