import { setTimeout as delay } from 'node:timers/promises';
import { defineCommand, runMain } from 'citty';
import { countWork, type WorkCount } from './lifecycle/store.ts';
import { kindOf, parsePhone } from './numbers/parsePhone.ts';
import { openBooks } from './platform/carrier/simulated/books.ts';
import { placeCall, readCall } from './platform/carrier/simulated/placeCall.ts';
import { parseSpan, readClock, readOffsetMs, turnClock } from './platform/clock.ts';
import { type Config, readConfig } from './platform/config.ts';
import { connect, type Db } from './platform/db.ts';
import { startJobs } from './platform/jobs.ts';
import { createLog } from './platform/log.ts';
import { readRunning } from './platform/postgres/running.ts';
import { formatDuration, formatMoment, formatPhone } from './web/format.ts';

/* The command line speaks to the Switchhook that runs on the data folder. Nothing here closes or cancels anything. */

/** Ends with a sentence and no stack trace. */
function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

function findInstance(): { config: Config; url: string; databaseUrl: string } {
  const read = readConfig(process.env);
  if (!read.ok) refuse(read.mistakes.join('\n'));
  const running = readRunning(read.config.dataDir);
  if (!running) refuse(`No Switchhook runs on ${read.config.dataDir}. Start it with npm start, in another window.`);
  return { config: read.config, url: running.url, databaseUrl: running.databaseUrl };
}

const call = defineCommand({
  meta: { name: 'call', description: 'Place a simulated call and watch it' },
  args: {
    to: { type: 'positional', description: 'The tracking number to ring, such as +13035550118', required: true },
    from: { type: 'string', description: 'The caller’s number', default: '+12125550177' },
    answers: {
      type: 'string',
      description: 'What the receiver does: answered, busy, no-answer or failed',
      default: 'answered',
    },
    ring: { type: 'string', description: 'Seconds it rings', default: '2' },
    talk: { type: 'string', description: 'Seconds they talk', default: '5' },
  },
  async run({ args }) {
    const { databaseUrl } = findInstance();
    const [to, from] = [parsePhone(String(args.to)), parsePhone(args.from)];
    if (!to) refuse(`${args.to} is not a phone number. Write it with its country code, such as +13035550118.`);
    if (!from) refuse(`${args.from} is not a phone number. Write it with its country code, such as +12125550177.`);
    const answers = (['answered', 'busy', 'no-answer', 'failed'] as const).find((each) => each === args.answers);
    if (!answers) refuse(`--answers is answered, busy, no-answer or failed, not ${args.answers}.`);
    const [ringSeconds, talkSeconds] = [Number(args.ring), Number(args.talk)];
    if (!(ringSeconds >= 0 && ringSeconds <= 600 && talkSeconds >= 0 && talkSeconds <= 3_600))
      refuse('--ring is 0 to 600 and --talk 0 to 3600 seconds.');
    const books = openBooks(databaseUrl, 1);
    try {
      const callSid = await placeCall(books, { to, from, answers, ringSeconds, talkSeconds });
      console.log(
        `${formatPhone(from)} calls ${formatPhone(to)} (${kindOf(to) === 'tollfree' ? 'toll-free' : 'local'}).`,
      );
      await watch(books, callSid, ringSeconds + talkSeconds + 60);
    } finally {
      await books.end();
    }
  },
});

/** Says what the caller hears, as it happens. */
async function watch(books: ReturnType<typeof openBooks>, callSid: string, seconds: number): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  let heard = 0;
  let connected = false;
  while (performance.now() < deadline) {
    const now = await readCall(books, callSid);
    if (!now) return;
    for (const words of now.heard.slice(heard)) console.log(`The caller hears: “${words}”`);
    heard = now.heard.length;
    if (now.connectedTo && !connected) {
      connected = true;
      console.log(`Connected to ${formatPhone(now.connectedTo)}.`);
    }
    if (now.endStatus) {
      console.log(`Ended: ${now.endStatus}, ${formatDuration(now.talkedSeconds)} talked.`);
      return;
    }
    await delay(100);
  }
  refuse('The call did not end in time. Does the worker run?');
}

const travel = defineCommand({
  meta: { name: 'travel', description: 'Turn the development clock forward, and let what became due happen' },
  args: { span: { type: 'positional', description: 'How far: 15d, 36h, 90m or 30s', required: true } },
  async run({ args }) {
    const { config, databaseUrl } = findInstance();
    if (!config.development)
      refuse('The clock turns in development only: with the embedded database, on this machine.');
    const spanMs = parseSpan(String(args.span));
    if (spanMs === null) refuse(`${args.span} is not a span of time. Write 15d, 36h, 90m or 30s.`);
    const { db } = connect(databaseUrl, { max: 2 });
    const jobs = await startJobs(databaseUrl, 'web', createLog('cli', 'silent'));
    try {
      const before = await countWork(db, await readClock(db));
      const now = await turnClock(db, spanMs);
      console.log(`It is now pretended to be ${formatMoment(now, 'UTC')}.`);
      await jobs.wakeNow('sweep');
      const after = await untilDone(db, now);
      console.log(
        `${after.charges - before.charges} charges, ${after.returned - before.returned} numbers returned to the carrier, ${after.held} still held.`,
      );
      if (after.due > 0)
        refuse(`${after.due} things are still due. Is the carrier down? Look at Operations → Carrier Commands.`);
    } finally {
      await jobs.stop();
      await db.destroy();
    }
  },
});

/** Waits until nothing is due any more, or a minute has passed. */
async function untilDone(db: Db, now: Date): Promise<WorkCount> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const count = await countWork(db, now);
    if (count.due === 0 || performance.now() > deadline) return count;
    await delay(200);
  }
}

const status = defineCommand({
  meta: { name: 'status', description: 'What runs, and what is due' },
  async run() {
    const { config, url, databaseUrl } = findInstance();
    const health = await fetch(`${url}/health`, { signal: AbortSignal.timeout(3_000) }).catch(() => null);
    console.log(`${url} ${health?.status === 200 ? 'serves' : 'does not answer'}.`);
    const { db } = connect(databaseUrl, { max: 1 });
    try {
      const now = await readClock(db);
      const { due, held } = await countWork(db, now);
      const turned = (await readOffsetMs(db)) > 0 ? ' (the development clock is turned)' : '';
      console.log(`It is ${formatMoment(now, 'UTC')}${turned}.`);
      console.log(`${due} things are due, ${held} numbers are held.`);
      if (config.development) console.log('Development: embedded database, simulated carrier.');
    } finally {
      await db.destroy();
    }
  },
});

await runMain(
  defineCommand({
    meta: { name: 'switchhook', description: 'Switchhook’s command line' },
    subCommands: { call, travel, status },
  }),
);
