import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { newKey } from '../../src/platform/ids.ts';
import { type Order, perform } from '../../src/platform/operation.ts';
import { must, Refused } from '../../src/rules/decision.ts';
import { openWorld, type World } from '../world.ts';

/* The one door of every change: what it promises, on real connections. */

let world: World;
before(async () => {
  world = await openWorld();
  await sql`create table probe (owner_id bigint not null, at timestamptz not null)`.execute(world.house.db);
});

const order = (over: Partial<Order<unknown>> = {}): Order<unknown> => ({
  action: 'change-settings',
  actor: world.cast.shopOwner.actor,
  ownerId: world.shopId,
  key: newKey(),
  input: { name: 'a' },
  ...over,
});
const leaveMark = (over: Partial<Order<unknown>> = {}) =>
  perform(world.house, order(over), async ({ tx, now, ownerId }) => {
    await sql`insert into probe values (${ownerId}, ${now})`.execute(tx);
    return 'done';
  });
const marks = async () => Number((await world.house.pool.query('select count(*)::int as n from probe')).rows[0].n);
const deeds = async () =>
  Number(
    (await world.house.pool.query("select count(*)::int as n from deed where action = 'change-settings'")).rows[0].n,
  );

describe('perform', () => {
  test('one key, one effect: ten at once leave one mark and one journal row, and get the same answer', async () => {
    const [marked, journaled, key] = [await marks(), await deeds(), newKey()];
    const answers = await Promise.all(Array.from({ length: 10 }, () => leaveMark({ key })));
    for (const answer of answers) assert.deepEqual(answer, { ok: true, value: 'done' });
    assert.equal(await marks(), marked + 1);
    assert.equal(await deeds(), journaled + 1);
  });

  test('the same key with another input, or from somebody else, is refused', async () => {
    const key = newKey();
    await leaveMark({ key });
    for (const over of [{ input: { name: 'b' } }, { actor: world.shopPeople.administrator.actor }]) {
      const answer = await leaveMark({ key, ...over });
      assert.equal(!answer.ok && answer.refusal.code, 'key-reused');
    }
  });

  test('a clock that is set back makes no deed earlier than the one before it', async () => {
    const moment = () => perform(world.house, order(), async ({ now }) => now.toISOString());
    const before = must(await moment());
    await sql`update clock set offset_ms = offset_ms - 3600000`.execute(world.house.db);
    assert.equal(must(await moment()), before);
    await sql`update clock set offset_ms = offset_ms + 3600000`.execute(world.house.db);
    assert.ok(must(await moment()) > before);
  });

  test('a refusal in the middle rolls everything back, and may be asked again under the same key', async () => {
    const [marked, journaled, key] = [await marks(), await deeds(), newKey()];
    const refused = await perform(world.house, order({ key }), async ({ tx, now, ownerId }) => {
      await sql`insert into probe values (${ownerId}, ${now})`.execute(tx);
      throw new Refused({ code: 'not-paused' });
    });
    assert.deepEqual(refused, { ok: false, refusal: { code: 'not-paused' } });
    assert.equal(await marks(), marked);
    assert.equal(await deeds(), journaled);
    assert.equal((await leaveMark({ key })).ok, true);
  });

  test('a stranger learns nothing, a wrong role learns who may', async () => {
    for (const actor of [
      world.cast.stranger.actor,
      world.cast.neighbor.actor,
      world.cast.supportAgent.actor,
      world.cast.operator.actor,
      { kind: 'newcomer' } as const,
    ]) {
      const answer = await leaveMark({ actor });
      assert.deepEqual(answer, { ok: false, refusal: { code: 'not-found' } });
    }
    const agent = await leaveMark({ actor: world.cast.callAgent.actor });
    assert.equal(!agent.ok && agent.refusal.code, 'role-missing');
  });

  test('deeds of one account stand in line: their moments never run backwards', async () => {
    await Promise.all(Array.from({ length: 20 }, () => leaveMark()));
    const { rows } = await world.house.pool.query<{ at: Date }>(
      "select at from deed where owner_id = $1 and action = 'change-settings' order by deed_id",
      [world.shopId],
    );
    const times = rows.map((row) => row.at.getTime());
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
  });

  test('the journal says who, in which role, and what; no password is in it', async () => {
    const { rows } = await world.house.pool.query(
      "select person_id, role, action, detail, input_hash, answer from deed where action = 'sign-up' order by deed_id",
    );
    assert.equal(rows[1].person_id, world.cast.shopOwner.personId);
    assert.equal(rows[1].role, 'newcomer');
    assert.equal(rows[1].detail.name, 'Anchor Plumbing');
    assert.doesNotMatch(JSON.stringify(rows), /correct horse/);
  });
});
