import { defineCommand } from 'citty';
import { countWork } from '../lifecycle/store.ts';
import { readClock, readOffsetMs } from '../platform/clock.ts';
import { connect } from '../platform/db.ts';
import { formatCount, formatMoment } from '../web/format.ts';
import { withInstance } from './withInstance.ts';

export const status = defineCommand({
  meta: { name: 'status', description: 'What runs, and what is due' },
  run: () =>
    withInstance(async ({ config, url, databaseUrl }) => {
      const health = await fetch(`${url}/health`, { signal: AbortSignal.timeout(3_000) }).catch(() => null);
      console.log(`${url} ${health?.status === 200 ? 'serves' : 'does not answer'}.`);
      const { db } = connect(databaseUrl, { max: 1 });
      try {
        const now = await readClock(db);
        const { due, held } = await countWork(db, now);
        const turned = (await readOffsetMs(db)) > 0 ? ' (the development clock is turned)' : '';
        console.log(`It is ${formatMoment(now, 'UTC')}${turned}.`);
        console.log(`Due: ${formatCount(due)}. Numbers held: ${formatCount(held)}.`);
        if (config.development) console.log('Development: embedded database, simulated carrier.');
      } finally {
        await db.destroy();
      }
    }),
});
