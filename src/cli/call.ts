import { setTimeout as delay } from 'node:timers/promises';
import { defineCommand } from 'citty';
import { sayRefusal } from '../calls/sayRefusal.ts';
import { type CallLine, findAccountIdOfNumber, findCallByCarrierSid } from '../calls/store.ts';
import { parsePhone } from '../numbers/parsePhone.ts';
import { type Books, openBooks } from '../platform/carrier/simulated/books.ts';
import { placeCall, readCall } from '../platform/carrier/simulated/placeCall.ts';
import { connect, type Db } from '../platform/db.ts';
import { formatDuration, formatPhone, formatRate } from '../web/format.ts';
import { refuse } from './refuse.ts';
import { withInstance } from './withInstance.ts';

export const call = defineCommand({
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
