import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Carrier } from '../port.ts';
import {
  answerWithForward,
  answerWithHangup,
  answerWithRefusal,
  answerWithReject,
  answerWithTryAgain,
  parseCallArrived,
  parseCallChanged,
  parseDialEnded,
  parseLegChanged,
  verifyVoiceRequest,
} from '../voice.ts';
import { makeScratchBooks, type ScratchBooks } from './makeScratchBooks.ts';
import { openSimulatedCarrier } from './open.ts';
import { placeCall, readCall, watchCall } from './placeCall.ts';
import { type SimulatedExchange, startSimulatedExchange } from './runExchange.ts';
import { changeCarrierSettings } from './settings.ts';

type Heard = { path: string; callSid: string; token: string; parameters: Record<string, string>; summary: string };
type Answer = { status: number; body: string } | 'never';

/** A product that speaks only through the voice door, and refuses what is not signed. */
class Product {
  readonly heard: Heard[] = [];
  answer: (heard: Heard) => Answer | Promise<Answer> = () => ({ status: 204, body: '' });
  readonly #server: Server;
  readonly #tokens: readonly string[];
  url = '';

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const parameters = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
      const signature = request.headers['x-twilio-signature'];
      const url = this.url + request.url;
      const isSigned = verifyVoiceRequest({ authTokens: this.#tokens, signature: String(signature), url, parameters });
      if (!isSigned) return response.writeHead(403).end();
      const path = request.url!.split('?')[0]!;
      const token = String(request.headers['i-twilio-idempotency-token']);
      const callSid = parameters.ParentCallSid ?? parameters.CallSid ?? '';
      const heard = { path, callSid, token, parameters, summary: summarize(path, parameters) };
      this.heard.push(heard);
      const answer = await this.answer(heard);
      if (answer === 'never') return undefined;
      return response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.body);
    });
  }

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  of(callSid: string): string[] {
    return this.heard.filter((each) => each.callSid === callSid).map((each) => each.summary);
  }
}

function summarize(path: string, parameters: Record<string, string>): string {
  switch (path) {
    case '/voice':
    case '/fallback':
      return `${path.slice(1)} from ${parseCallArrived(parameters).from}`;
    case '/leg': {
      const leg = parseLegChanged(parameters);
      return `leg ${leg.sequenceNumber} ${leg.status}`;
    }
    case '/after':
      return `after ${parseDialEnded(parameters).status} ${parseDialEnded(parameters).durationSeconds}`;
    default:
      return `status ${parseCallChanged(parameters).status} ${parseCallChanged(parameters).durationSeconds}`;
  }
}

const wholeCall = [
  'voice from +14155550123',
  'leg 0 initiated',
  'leg 1 ringing',
  'leg 2 in-progress',
  'leg 3 completed',
];

describe('the simulated exchange', () => {
  let books: ScratchBooks;
  let carrier: Carrier;
  let product: Product;
  let exchange: SimulatedExchange | null = null;
  let numbers = 100;

  before(async () => {
    books = await makeScratchBooks();
    await changeCarrierSettings(books.pool, { requestsPerSecond: null });
    carrier = openSimulatedCarrier({ databaseUrl: books.databaseUrl });
    product = new Product(await carrier.voiceAuthTokens());
    await product.open();
  });
  beforeEach(async () => {
    product.heard.length = 0;
    product.answer = forwarding;
  });
  after(async () => {
    await exchange?.stop();
    await product.close();
    await carrier.close();
    await books.drop();
  });

  const forwarding = (heard: Heard): Answer => {
    if (heard.path === '/after') return { status: 200, body: answerWithHangup() };
    if (heard.path !== '/voice') return { status: 204, body: '' };
    const body = answerWithForward({
      to: '+12015550100',
      timeoutSeconds: 20,
      legStatusUrl: `${product.url}/leg?of=it's`,
      dialActionUrl: `${product.url}/after`,
    });
    return { status: 200, body };
  };
  const rent = async (voicePath = '/voice?account=7', voiceFallbackUrl?: string) => {
    numbers += 1;
    return carrier.buy(`+1312555${String(numbers).padStart(4, '0')}`, {
      idempotencyKey: `rent ${numbers}`,
      voiceUrl: product.url + voicePath,
      statusCallbackUrl: `${product.url}/status`,
      voiceFallbackUrl,
    });
  };
  const start = async (options: { answerTimeoutSeconds?: number; speed?: number } = {}): Promise<void> => {
    await exchange?.stop();
    exchange = startSimulatedExchange({ databaseUrl: books.databaseUrl, ...options });
  };
  const quick = { from: '+14155550123', ringSeconds: 0.05, talkSeconds: 0.1 };

  test('a call is forwarded, answered, and reported step by step', async () => {
    await start();
    const number = await rent();
    const callSid = await placeCall(books.pool, { ...quick, to: number.phoneNumber, callerName: 'ADA' });
    const call = await watchCall(books.pool, callSid);
    assert.equal(call.endStatus, 'completed');
    assert.equal(call.connectedTo, '+12015550100');
    assert.equal(call.talkedSeconds, 0.1);
    assert.deepEqual(call.heard, []);
    assert.deepEqual(call.httpStatuses, [200, 204, 204, 204, 204, 200, 204]);
    assert.equal(call.trouble, null);
    assert.deepEqual(product.of(callSid), [...wholeCall, 'after completed 1', 'status completed 1']);
    assert.equal(new Set(product.heard.map((each) => each.token)).size, product.heard.length);
  });

  test('long calls pass quickly when asked to, and report their full length', async () => {
    await start({ speed: 1000 });
    const number = await rent();
    const callSid = await placeCall(books.pool, { ...quick, to: number.phoneNumber, ringSeconds: 8, talkSeconds: 300 });
    await watchCall(books.pool, callSid);
    const [initiated, answered, completed] = [0, 2, 3].map((sequenceNumber) =>
      parseLegChanged(
        product.heard.find((each) => each.path === '/leg' && each.parameters.SequenceNumber === `${sequenceNumber}`)!
          .parameters,
      ),
    );
    assert.equal(completed!.durationSeconds, 300);
    assert.equal(answered!.at.getTime() - initiated!.at.getTime(), 8_000);
    assert.equal(completed!.at.getTime() - answered!.at.getTime(), 300_000);
    await start();
  });

  test("a call's times are those of the turned clock", async () => {
    const number = await rent();
    await books.travel(15);
    const callSid = await placeCall(books.pool, { ...quick, to: number.phoneNumber });
    const call = await watchCall(books.pool, callSid);
    assert.ok(call.placedAt.getTime() > Date.now() + 14.9 * 86_400_000);
    const ended = parseCallChanged(product.heard.at(-1)!.parameters);
    assert.ok(Math.abs(ended.at!.getTime() - call.placedAt.getTime()) < 2_000);
  });

  test('busy, unanswered, refused, rejected, and a number that nobody rents', async () => {
    const number = await rent();
    const to = number.phoneNumber;
    const busy = await watchCall(books.pool, await placeCall(books.pool, { ...quick, to, answers: 'busy' }));
    assert.deepEqual([busy.endStatus, busy.connectedTo], ['busy', null]);
    const unanswered = await watchCall(books.pool, await placeCall(books.pool, { ...quick, to, answers: 'no-answer' }));
    assert.equal(unanswered.endStatus, 'no-answer');

    product.answer = () => ({ status: 200, body: answerWithRefusal({ message: 'This account is canceled.' }) });
    const refused = await watchCall(books.pool, await placeCall(books.pool, { ...quick, to }));
    assert.deepEqual([refused.heard, refused.connectedTo], [['This account is canceled.'], null]);
    product.answer = () => ({ status: 200, body: answerWithReject() });
    const rejected = await watchCall(books.pool, await placeCall(books.pool, { ...quick, to }));
    assert.deepEqual(
      [rejected.heard, rejected.endStatus],
      [['The number you have dialed is not in service.'], 'no-answer'],
    );

    product.heard.length = 0;
    const nobody = await watchCall(books.pool, await placeCall(books.pool, { ...quick, to: '+13125550199' }));
    assert.deepEqual([nobody.endStatus, nobody.heard.length, nobody.httpStatuses], ['failed', 1, []]);
    assert.equal(product.heard.length, 0);
    await assert.rejects(placeCall(books.pool, { from: 'me', to }), /E\.164/);
    await assert.rejects(placeCall(books.pool, { ...quick, to, talkSeconds: Number.NaN }), RangeError);
  });

  test('a call in progress goes on when its number is released, the next finds it gone', async () => {
    const number = await rent();
    product.answer = async (heard) => {
      if (heard.summary === 'leg 2 in-progress') await carrier.release(number.carrierNumberId);
      return forwarding(heard);
    };
    const first = await watchCall(books.pool, await placeCall(books.pool, { ...quick, to: number.phoneNumber }));
    assert.equal(first.connectedTo, '+12015550100');
    assert.equal(product.heard.at(-1)?.summary, 'status completed 1');
    const second = await watchCall(books.pool, await placeCall(books.pool, { ...quick, to: number.phoneNumber }));
    assert.equal(second.endStatus, 'failed');
  });

  test('a caller is kept while the product can not decide, and then connected', async () => {
    const number = await rent();
    let asked = 0;
    product.answer = (heard) => {
      if (heard.path !== '/voice') return forwarding(heard);
      asked += 1;
      if (asked > 1) return forwarding(heard);
      const redirectUrl = `${product.url}/voice?account=7`;
      return { status: 200, body: answerWithTryAgain({ message: 'One moment.', redirectUrl, pauseSeconds: 1 }) };
    };
    const call = await watchCall(books.pool, await placeCall(books.pool, { ...quick, to: number.phoneNumber }));
    assert.deepEqual([call.heard, call.connectedTo, asked], [['One moment.'], '+12015550100', 2]);
  });

  test('a failing voice URL is asked twice with one token, then its fallback, then the caller hears an apology', async () => {
    await start({ answerTimeoutSeconds: 0.3 });
    const withFallback = await rent('/voice?fails', `${product.url}/fallback`);
    product.answer = (heard) => {
      if (heard.path === '/voice') return { status: 503, body: '' };
      return heard.path === '/fallback'
        ? { status: 200, body: answerWithRefusal({ message: 'Later.' }) }
        : forwarding(heard);
    };
    const saved = await watchCall(books.pool, await placeCall(books.pool, { ...quick, to: withFallback.phoneNumber }));
    assert.deepEqual([saved.heard, saved.httpStatuses], [['Later.'], [503, 503, 200, 204]]);
    assert.equal(product.heard[0]?.token, product.heard[1]?.token);

    product.heard.length = 0;
    const wishful = await rent('/voice?slow#rc=2');
    product.answer = (heard) => (heard.path === '/voice' ? 'never' : forwarding(heard));
    const lost = await watchCall(books.pool, await placeCall(books.pool, { ...quick, to: wishful.phoneNumber }));
    assert.deepEqual(lost.heard, ['We are sorry, an application error has occurred. Goodbye.']);
    assert.deepEqual(lost.httpStatuses, [0, 0, 0, 204]);
    assert.match(lost.trouble ?? '', /did not answer within 0\.3 s\.$/);

    const wrong = await rent();
    product.answer = (heard) =>
      heard.path === '/voice' ? { status: 200, body: '<Response><Gather/>' } : forwarding(heard);
    const unread = await watchCall(books.pool, await placeCall(books.pool, { ...quick, to: wrong.phoneNumber }));
    assert.match(unread.trouble ?? '', /<Gather>|never closed/);
    await start();
  });

  test('a callback that fails is sent again, and those after it keep their order', async () => {
    const number = await rent();
    const failures = new Map<string, number>();
    product.answer = (heard) => {
      const before = failures.get(heard.summary) ?? 0;
      failures.set(heard.summary, before + 1);
      if (heard.summary === 'leg 1 ringing' && before < 2) return { status: 500, body: '' };
      if (heard.summary === 'leg 3 completed') return { status: 404, body: '' };
      return forwarding(heard);
    };
    const callSid = await placeCall(books.pool, { ...quick, to: number.phoneNumber });
    const call = await watchCall(books.pool, callSid);
    assert.deepEqual(product.of(callSid), [
      'voice from +14155550123',
      'leg 0 initiated',
      'leg 1 ringing',
      'leg 1 ringing',
      'leg 1 ringing',
      'leg 2 in-progress',
      'leg 3 completed',
      'after completed 1',
      'status completed 1',
    ]);
    assert.deepEqual(call.httpStatuses, [200, 204, 500, 500, 204, 204, 404, 200, 204]);
  });

  test('fifty calls live at once', async () => {
    const number = await rent();
    const sids = await Promise.all(
      Array.from({ length: 50 }, () =>
        placeCall(books.pool, { ...quick, to: number.phoneNumber, ringSeconds: 0.5, talkSeconds: 0.5 }),
      ),
    );
    let liveMax = 0;
    const live = new Set<string>();
    product.answer = (heard) => {
      if (heard.summary === 'leg 2 in-progress') live.add(heard.callSid);
      if (heard.summary === 'leg 3 completed') live.delete(heard.callSid);
      liveMax = Math.max(liveMax, live.size);
      return forwarding(heard);
    };
    for (const callSid of sids) assert.equal((await watchCall(books.pool, callSid)).endStatus, 'completed');
    assert.ok(liveMax >= 25, `${liveMax} talked at once`);
    // A machine that stalls for longer than a lease sends a step again: at least once, and first deliveries in order.
    for (const callSid of sids) {
      assert.deepEqual([...new Set(product.of(callSid))], [...wholeCall, 'after completed 1', 'status completed 1']);
    }
  });

  test('two exchanges share the calls and play each once', async () => {
    const second = startSimulatedExchange({ databaseUrl: books.databaseUrl });
    try {
      const number = await rent();
      const sids = await Promise.all(
        Array.from({ length: 10 }, () => placeCall(books.pool, { ...quick, to: number.phoneNumber, talkSeconds: 1 })),
      );
      for (const callSid of sids) await watchCall(books.pool, callSid);
      for (const callSid of sids) assert.equal(product.of(callSid).length, 7);
    } finally {
      await second.stop();
    }
  });

  test('stopped in the middle and started again, it goes on at once', async () => {
    const number = await rent();
    const ringing = Promise.withResolvers<void>();
    product.answer = (heard) => {
      if (heard.summary === 'leg 1 ringing') ringing.resolve();
      return forwarding(heard);
    };
    const callSid = await placeCall(books.pool, { ...quick, to: number.phoneNumber, ringSeconds: 0.5 });
    await ringing.promise;
    await start();
    const call = await watchCall(books.pool, callSid, { timeoutSeconds: 60 });
    assert.equal(call.connectedTo, '+12015550100');
    assert.deepEqual([...new Set(product.of(callSid))], [...wholeCall, 'after completed 1', 'status completed 1']);
  });

  test('a database that drops every connection costs a moment, not the call', async () => {
    const number = await rent();
    const callSid = await placeCall(books.pool, { ...quick, to: number.phoneNumber, talkSeconds: 0.4 });
    const isTalking = Promise.withResolvers<void>();
    product.answer = (heard) => {
      if (heard.summary === 'leg 2 in-progress') isTalking.resolve();
      return forwarding(heard);
    };
    await isTalking.promise;
    const { rows } = await books.pool.query<{ dropped: number }>(
      `select count(pg_terminate_backend(pid))::int as dropped from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    );
    assert.ok(rows[0]!.dropped >= 2);
    const call = await watchCall(books.pool, callSid, { timeoutSeconds: 60 });
    assert.equal(call.endStatus, 'completed');
    assert.deepEqual([...new Set(product.of(callSid))], [...wholeCall, 'after completed 1', 'status completed 1']);
    const next = await watchCall(books.pool, await placeCall(books.pool, { ...quick, to: number.phoneNumber }));
    assert.equal(next.endStatus, 'completed');
  });

  for (const killedAt of ['voice from +14155550123', 'leg 2 in-progress', 'after completed 1']) {
    test(`killed while "${killedAt}" is on its way, the next exchange sends it again and finishes the call`, async () => {
      await exchange?.stop();
      exchange = null;
      const number = await rent();
      const victim = spawnExchange(books.databaseUrl);
      const died = once(victim, 'exit');
      let isKilled = false;
      product.answer = (heard) => {
        if (heard.summary !== killedAt || isKilled) return forwarding(heard);
        isKilled = true;
        victim.kill('SIGKILL');
        return 'never';
      };
      const callSid = await placeCall(books.pool, { ...quick, to: number.phoneNumber });
      await died;
      assert.equal((await readCall(books.pool, callSid))?.endStatus, null);
      await start();
      const call = await watchCall(books.pool, callSid, { timeoutSeconds: 60 });
      assert.equal(call.endStatus, 'completed');
      const events = product.of(callSid);
      assert.deepEqual([...new Set(events)], [...wholeCall, 'after completed 1', 'status completed 1']);
      assert.equal(events.filter((event) => event === killedAt).length, 2);
      const repeats = product.heard.filter((each) => each.callSid === callSid && each.summary === killedAt);
      assert.deepEqual(repeats[0]?.parameters, repeats[1]?.parameters);
      assert.equal(repeats[0]?.token, repeats[1]?.token);
    });
  }
});

function spawnExchange(databaseUrl: string): ChildProcess {
  const exchange = new URL('./runExchange.ts', import.meta.url).href;
  const script = `import(${JSON.stringify(exchange)}).then(({ startSimulatedExchange }) =>
    startSimulatedExchange({ databaseUrl: process.env.BOOKS_URL, leaseSeconds: 0.6 }))`;
  return spawn(process.execPath, ['--import', 'tsx', '--eval', script], {
    env: { ...process.env, BOOKS_URL: databaseUrl },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
