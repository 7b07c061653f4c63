import { setTimeout as delay } from 'node:timers/promises';
import { defineCommand } from 'citty';
import { countWork, type WorkCount } from '../lifecycle/store.ts';
import { parseSpan, readClock, turnClock } from '../platform/clock.ts';
import { connect, type Db } from '../platform/db.ts';
import { startJobs } from '../platform/jobs.ts';
import { createLog } from '../platform/log.ts';
import { formatCount, formatMoment } from '../web/format.ts';
import { refuse } from './refuse.ts';
import { withInstance } from './withInstance.ts';

export const travel = defineCommand({
  meta: { name: 'travel', description: 'Turn the development clock forward, and let what became due happen' },
  args: { span: { type: 'positional', description: 'How far: 15d, 36h, 90m or 30s', required: true } },
  run: ({ args }) =>
    withInstance(async ({ config, databaseUrl }) => {
      if (!config.development)
        refuse('The clock turns in development only: the embedded database and simulated carrier, on this machine.');
      const spanMs = parseSpan(args.span);
      if (spanMs === null) refuse(`${args.span} is not a span of time. Write 15d, 36h, 90m or 30s.`);
      const { db } = connect(databaseUrl, { max: 2 });
      const jobs = await startJobs(databaseUrl, 'web', createLog('cli', 'silent'));
      try {
        const before = await countWork(db, await readClock(db));
        const now = await turnClock(db, spanMs);
        console.log(`It is now pretended to be ${formatMoment(now, 'UTC')}.`);
        await jobs.wakeNow('sweep');
        const after = await untilDone(db);
        const [charges, returned] = [after.charges - before.charges, after.returned - before.returned];
        console.log(
          `The sweeps wrote ${counted(charges, 'charge')} and returned ${counted(returned, 'number')} to the carrier; ${counted(after.held, 'number')} still held.`,
        );
        if (after.due > 0) {
          const what = after.due === 1 ? '1 thing is' : `${formatCount(after.due)} things are`;
          refuse(`${what} still to do. Is the carrier down? Look at Operations → Carrier Commands.`);
        }
      } finally {
        await jobs.stop();
        await db.destroy();
      }
    }),
});

const counted = (count: number, thing: string): string => `${formatCount(count)} ${thing}${count === 1 ? '' : 's'}`;

/** Waits until nothing is due any more, or a minute has passed. */
async function untilDone(db: Db): Promise<WorkCount> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const count = await countWork(db, await readClock(db));
    if (count.due === 0 || performance.now() > deadline) return count;
    await delay(200);
  }
}
