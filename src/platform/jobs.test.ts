import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openDatabase } from '../../test/world.ts';
import { connect, type Db } from './db.ts';
import { type Jobs, startJobs } from './jobs.ts';
import { createLog } from './log.ts';

let db: Db;
let web: Jobs;
let worker: Jobs;
let looks = 0;
let atOnce = 0;
let atOnceMax = 0;

before(async () => {
  const databaseUrl = await openDatabase();
  ({ db } = connect(databaseUrl));
  worker = await startJobs(databaseUrl, 'worker', createLog('test', 'silent'));
  web = await startJobs(databaseUrl, 'web', createLog('test', 'silent'));
  await worker.work('carrier-commands', async () => {
    atOnce += 1;
    atOnceMax = Math.max(atOnceMax, atOnce);
    await delay(20);
    atOnce -= 1;
    looks += 1;
  });
});
after(async () => {
  await web?.stop();
  await worker?.stop();
  await db?.destroy();
});

async function untilLooks(count: number): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (looks < count && performance.now() < deadline) await delay(20);
  assert.ok(looks >= count, `${looks} of ${count} looks`);
}

test('a wake-up call is part of the transaction that makes it: rolled back, nobody wakes', async () => {
  const before = looks;
  await assert.rejects(
    db.transaction().execute(async (tx) => {
      await web.wake(tx, 'carrier-commands');
      throw new Error('changed my mind');
    }),
    /changed my mind/,
  );
  await db.transaction().execute((tx) => web.wake(tx, 'carrier-commands'));
  await untilLooks(before + 1);
  assert.equal(looks, before + 1);
});

test('calls that gather are one look, never two at once, and none is lost', async () => {
  const before = looks;
  await Promise.all(Array.from({ length: 20 }, () => web.wakeNow('carrier-commands')));
  await untilLooks(before + 1);
  const during = looks;
  await web.wakeNow('carrier-commands');
  await untilLooks(during + 1);
  assert.ok(looks - before < 20, `${looks - before} looks for 21 calls`);
  assert.equal(atOnceMax, 1);
});
