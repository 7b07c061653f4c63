import { setTimeout as delay } from 'node:timers/promises';
import { defineCommand, runMain } from 'citty';
import { sayRefusal } from './calls/sayRefusal.ts';
import { type CallLine, findAccountIdOfNumber, findCallByCarrierSid } from './calls/store.ts';
import { countWork, type WorkCount } from './lifecycle/store.ts';
import { parsePhone } from './numbers/parsePhone.ts';
import { type Books, openBooks } from './platform/carrier/simulated/books.ts';
import { placeCall, readCall } from './platform/carrier/simulated/placeCall.ts';
import { parseSpan, readClock, readOffsetMs, turnClock } from './platform/clock.ts';
import { type Config, readConfig } from './platform/config.ts';
import { connect, type Db, isDatabaseAway } from './platform/db.ts';
import { startJobs } from './platform/jobs.ts';
import { createLog } from './platform/log.ts';
import { type Running, readRunning } from './platform/postgres/running.ts';
import { formatCount, formatDuration, formatMoment, formatPhone, formatRate } from './web/format.ts';

/* The command line speaks to the Switchhook that runs on the data folder. Nothing here closes or cancels anything. */

/** Ends with a sentence and no stack trace. */
function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

interface Instance extends Running {
  config: Config;
}

/** Does something with the instance that runs on the data folder; what stands in the way is a sentence. */
async function withInstance(work: (instance: Instance) => Promise<void>): Promise<void> {
  const read = readConfig(process.env);
  if (!read.ok) refuse(read.mistakes.join('\n'));
  const { dataDir } = read.config;
  const running = readRunning(dataDir);
  if (!running) refuse(`No Switchhook runs on ${dataDir}. Start it with npm start, in another window.`);
  try {
    await work({ config: read.config, ...running });
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    refuse('The database of this Switchhook does not answer. Wait a moment, or look at what npm start says.');
  }
}

const call = defineCommand({
  meta: { name: 'call', description: 'Place a simulated call and watch it' },
  args: {
    to: { type: 'positional', description: 'The tracking number to ring, such as +13035550118', required: true },
    from: { type: 'string', description: 'The caller’s number, or anonymous', default: '+12125550177' },
    answers: {
      type: 'string',
      description: 'What the receiver does: answered, busy, no-answer or failed',
      default: 'answered',
    },
    ring: { type: 'string', description: 'Seconds it rings', default: '2' },
    talk: { type: 'string', description: 'Seconds they talk', default: '5' },
  },
  run: ({ args }) =>
    withInstance(async ({ config, databaseUrl }) => {
      if (config.carrier.name !== 'simulated') refuse('Calls are simulated behind the simulated carrier only.');
      const to = parsePhone(args.to);
      const from = args.from === 'anonymous' ? args.from : parsePhone(args.from);
      if (!to) refuse(`${args.to} is not a phone number. Write it with its country code, such as +13035550118.`);
      if (!from) refuse(`${args.from} is not a phone number. Write it with its country code, such as +12125550177.`);
      const answers = (['answered', 'busy', 'no-answer', 'failed'] as const).find((each) => each === args.answers);
      if (!answers) refuse(`--answers is answered, busy, no-answer or failed, not ${args.answers}.`);
      const [ringSeconds, talkSeconds] = [Number(args.ring), Number(args.talk)];
      if (!(ringSeconds >= 0 && ringSeconds <= 600 && talkSeconds >= 0 && talkSeconds <= 3_600))
        refuse('--ring is 0 to 600 and --talk 0 to 3600 seconds.');
      const books = openBooks(databaseUrl, 1);
      const { db } = connect(databaseUrl, { max: 1 });
      try {
        const callSid = await placeCall(books, { to, from, answers, ringSeconds, talkSeconds });
        console.log(`${from === 'anonymous' ? 'A withheld number' : formatPhone(from)} calls ${formatPhone(to)}.`);
        await watch(books, db, callSid, ringSeconds + talkSeconds + 60);
      } finally {
        await books.end();
        await db.destroy();
      }
    }),
});

/** Says what the caller hears and what the call log says, as it happens. */
async function watch(books: Books, db: Db, callSid: string, seconds: number): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  const said = new Set<string>();
  const sayOnce = (line: string) => {
    if (!said.has(line)) console.log(line);
    said.add(line);
  };
  while (performance.now() < deadline) {
    const atCarrier = await readCall(books, callSid);
    if (!atCarrier) refuse('The simulated carrier has lost this call.');
    const accountId = await findAccountIdOfNumber(db, atCarrier.to);
    const logged = accountId === null ? null : await findCallByCarrierSid(db, accountId, callSid);
    if (logged?.refusedBecause) sayOnce(`Refused: ${sayRefusal(logged.refusedBecause)}`);
    if (logged?.receivingNumber) sayOnce(`Ringing ${formatPhone(logged.receivingNumber)}.`);
    for (const words of atCarrier.heard) sayOnce(`The caller hears: “${words}”`);
    if (atCarrier.connectedTo) sayOnce(`Connected to ${formatPhone(atCarrier.connectedTo)}.`);
    if (atCarrier.trouble) sayOnce(`The carrier had trouble: ${atCarrier.trouble}`);
    if (atCarrier.endStatus && (!logged || isOver(logged))) {
      console.log(logged ? `Ended: ${sayEnd(logged)}` : `Ended: ${atCarrier.endStatus}. No call log has it.`);
      return;
    }
    await delay(100);
  }
  refuse('The call did not end in time. Does the worker run?');
}

/** The last events may reach the log a moment after the carrier is done. */
const isOver = (logged: CallLine): boolean =>
  logged.durationSeconds !== null && (logged.status === 'refused' || logged.talkSeconds !== null);

function sayEnd({ status, talkSeconds, chargeMicros }: CallLine): string {
  const talk = talkSeconds ? `, ${formatDuration(talkSeconds)} of talk` : '';
  return `${status}${talk}, ${chargeMicros === null ? 'nothing' : formatRate(chargeMicros, 'USD')} charged.`;
}

const travel = defineCommand({
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

const status = defineCommand({
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

const restart = defineCommand({
  meta: { name: 'restart', description: 'Replace web and worker by what is on disk, without turning anybody away' },
  run: () =>
    withInstance(async ({ config, pid, restarts }) => {
      process.kill(pid, 'SIGHUP');
      const deadline = performance.now() + restartWaitMs;
      while (performance.now() < deadline) {
        const running = readRunning(config.dataDir);
        if (running?.pid !== pid) refuse('This Switchhook has stopped meanwhile.');
        if (running.restarts > restarts) {
          if (running.trouble) refuse(`Not restarted. ${running.trouble}`);
          console.log('Restarted.');
          return;
        }
        await delay(100);
      }
      refuse('The restart takes long. Look at what npm start says.');
    }),
});

/** Two children may take their time to come, and two to go. */
const restartWaitMs = 180_000;

await runMain(
  defineCommand({
    meta: { name: 'switchhook', description: 'Switchhook’s command line' },
    subCommands: { call, travel, status, restart },
  }),
);
