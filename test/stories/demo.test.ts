import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadDemo } from '../../db/demo.ts';
import { connect } from '../../src/platform/db.ts';
import { migrate } from '../../src/platform/migrate.ts';
import { must } from '../../src/rules/decision.ts';
import { judgePool } from '../../src/rules/poolSize.ts';
import { chooseSource, isLookedFor, readTouch } from '../../src/rules/sources.ts';
import { findMeasuredVisits, findPoolNumbers } from '../../src/swapping/pools/store.ts';
import { findSources } from '../../src/swapping/sources/store.ts';
import { findTargets } from '../../src/swapping/targets/store.ts';
import { findVisits } from '../../src/swapping/visitors/store.ts';
import { openDatabase } from '../world.ts';

test('the demo’s websites: visits count for the source that their way leads to, and one source has a pool', async () => {
  const databaseUrl = await openDatabase('empty');
  await migrate(databaseUrl);
  await loadDemo(databaseUrl);
  const { db } = connect(databaseUrl, { max: 2 });
  try {
    const accounts = await db.selectFrom('account').select(['accountId', 'name']).execute();
    let visited = 0;
    for (const { accountId, name } of accounts) {
      const sources = await findSources(db, accountId);
      assert.ok(sources.filter(isLookedFor).length >= 3, name);
      assert.equal((await findTargets(db, accountId)).length, 1, name);
      const visits = await findVisits(db, accountId, { limit: 1_000 });
      visited += visits.length;
      for (const { referrer, landingUrl, sourceName } of visits) {
        const touch = must(readTouch(referrer ?? '', landingUrl));
        assert.equal(chooseSource(sources, touch, null)?.name, sourceName, `${referrer} → ${landingUrl}`);
      }
      const pool = sources.find((each) => each.isPool);
      assert.equal(pool !== undefined, name === 'Anchor Plumbing');
      if (!pool) continue;
      const numbers = await findPoolNumbers(db, accountId, pool.trackingSourceId, new Date());
      assert.equal(numbers.length, 3);
      assert.ok(numbers.every((each) => each.visitorId !== null));
      const measured = (await findMeasuredVisits(db, accountId, new Date())).get(pool.trackingSourceId)!;
      assert.equal(judgePool(numbers.length, measured).verdict, 'enough');
    }
    assert.ok(visited > 300, `${visited} visits`);
  } finally {
    await db.destroy();
  }
});
