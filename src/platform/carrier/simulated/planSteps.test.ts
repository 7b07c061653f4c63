import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  answerWithForward,
  answerWithHangup,
  answerWithRefusal,
  answerWithReject,
  answerWithTryAgain,
} from '../voice.ts';
import {
  type CallFacts,
  type CallProgress,
  type Plan,
  planApology,
  planArrival,
  planDocument,
  planUnrented,
} from './planSteps.ts';
import { readTwiml, UnreadableTwiml } from './readTwiml.ts';

const facts: CallFacts = {
  sid: 'CA00112233445566778899aabbccddeeff',
  accountSid: 'AC00000000000000000000000000000001',
  from: '+14155550123',
  to: '+12125550142',
  callerName: null,
  placedAt: new Date('2026-11-22T23:35:00.400Z'),
  answers: 'answered',
  ringSeconds: 4,
  talkSeconds: 60.2,
  hangsUpAfterSeconds: null,
  voiceFallbackUrl: null,
  statusCallbackUrl: 'https://x.example/status',
};
const fresh: CallProgress = { pickedUpAfterSeconds: null, dialStatus: null };
const ids = { sid: () => 'CAffffffffffffffffffffffffffffffff', token: () => 'token' };
const forward = answerWithForward({
  to: '+12015550100',
  timeoutSeconds: 20,
  legStatusUrl: '/leg',
  dialActionUrl: '/after',
});

const play = (twiml: string, change: Partial<CallFacts> = {}, progress = fresh, afterSeconds = 0): Plan =>
  planDocument(
    { ...facts, ...change },
    progress,
    { verbs: readTwiml(twiml), url: 'https://x.example/voice', afterSeconds },
    ids,
  );

/** One line a step: when, what, and the words that matter. */
const lines = (plan: Plan): string[] =>
  plan.steps.map((step) => {
    const when = `${step.afterSeconds} ${step.kind}`;
    if (step.kind === 'hear') return `${when} ${step.detail.message}`;
    if (step.kind === 'connect') return `${when} ${step.detail.number} ${step.detail.talkedSeconds}`;
    if (step.kind === 'end') return `${when} ${step.detail.status}`;
    const { CallStatus, DialCallStatus, CallDuration, DialCallDuration, SequenceNumber } = step.detail.parameters;
    const told = [SequenceNumber, CallStatus, CallDuration, DialCallStatus, DialCallDuration];
    return [when, new URL(step.detail.url).pathname, ...told.filter((each) => each !== undefined)].join(' ');
  });

describe('planning what a call does', () => {
  test('a call that is forwarded, answered and ended by the called', () => {
    const plan = play(forward);
    assert.deepEqual(lines(plan), [
      '0 tell /leg 0 initiated',
      '0 tell /leg 1 ringing',
      '4 connect +12015550100 60.2',
      '4 tell /leg 2 in-progress',
      '64.2 tell /leg 3 completed 61',
      '64.2 ask /after in-progress completed 61',
    ]);
    const answered = plan.steps[3];
    assert.ok(answered?.kind === 'tell');
    assert.equal(answered.detail.parameters.Timestamp, 'Sun, 22 Nov 2026 23:35:04 +0000');
    assert.equal(answered.detail.parameters.ParentCallSid, facts.sid);
    const afterwards = play(answerWithHangup(), {}, plan, 64.2);
    assert.deepEqual(lines(afterwards), ['64.2 tell /status 0 completed 61', '64.2 end completed']);
  });

  test('nobody answers before the forwarding gives up', () => {
    for (const change of [{ ringSeconds: 20.5 }, { answers: 'no-answer' as const, ringSeconds: 90 }]) {
      const plan = play(forward, change);
      assert.deepEqual(lines(plan).slice(2), ['20 tell /leg 2 no-answer 0', '20 ask /after ringing no-answer']);
      assert.deepEqual(lines(play(answerWithHangup(), change, plan, 20)), [
        '20 tell /status 0 no-answer 0',
        '20 end no-answer',
      ]);
    }
    const spoken = play(answerWithRefusal({ message: 'Nobody is in.' }), {}, { ...fresh, dialStatus: 'no-answer' }, 20);
    assert.equal(lines(spoken).at(-1), '20 end completed', 'a spoken message answers the call');
  });

  test('the called is busy, or can not be reached', () => {
    for (const answers of ['busy', 'failed'] as const) {
      assert.deepEqual(lines(play(forward, { answers })), [
        '0 tell /leg 0 initiated',
        `0 tell /leg 1 ${answers} 0`,
        `0 ask /after ringing ${answers}`,
      ]);
    }
  });

  test('the caller hangs up while it rings, and while they talk', () => {
    const ringing = play(forward, { hangsUpAfterSeconds: 3 });
    assert.deepEqual(lines(ringing).slice(1), [
      '0 tell /leg 1 ringing',
      '3 tell /leg 2 no-answer 0',
      '3 ask /after no-answer no-answer',
    ]);
    const talking = play(forward, { hangsUpAfterSeconds: 10 });
    assert.deepEqual(lines(talking).slice(2), [
      '4 connect +12015550100 6',
      '4 tell /leg 2 in-progress',
      '10 tell /leg 3 completed 6',
      '10 ask /after completed completed 6',
    ]);
    const gone = play(answerWithRefusal({ message: 'Unheard.' }), { hangsUpAfterSeconds: 10 }, talking, 11);
    assert.deepEqual(lines(gone), ['10 tell /status 0 completed 6', '10 end completed']);
    const early = play(forward, { hangsUpAfterSeconds: 0 });
    assert.deepEqual(lines(early), ['0 tell /status 0 no-answer 0', '0 end no-answer']);
  });

  test('a refusal is heard, a reject costs nothing', () => {
    assert.deepEqual(lines(play(answerWithRefusal({ message: 'Closed.' }))), [
      '0 hear Closed.',
      '0 tell /status 0 completed 0',
      '0 end completed',
    ]);
    const rejected = play(answerWithReject());
    assert.deepEqual(lines(rejected), [
      '0 hear The number you have dialed is not in service.',
      '0 tell /status 0 no-answer 0',
      '0 end no-answer',
    ]);
    assert.equal(rejected.pickedUpAfterSeconds, null);
    assert.equal(lines(play(answerWithReject({ reason: 'busy' }))).at(-1), '0 end busy');
  });

  test('a caller who is kept hears the message, waits, and is asked for again', () => {
    const again = answerWithTryAgain({
      message: 'One moment.',
      redirectUrl: 'https://x.example/voice',
      pauseSeconds: 5,
    });
    assert.deepEqual(lines(play(again)), ['0 hear One moment.', '5 ask /voice in-progress']);
    assert.deepEqual(lines(play(again, { hangsUpAfterSeconds: 2 })), [
      '0 hear One moment.',
      '2 tell /status 0 completed 2',
      '2 end completed',
    ]);
  });

  test('without a dial action the document goes on after the dial', () => {
    const twiml = '<Response><Dial timeout="5">+12015550100</Dial><Say>Bye.</Say></Response>';
    const plan = play(twiml, { statusCallbackUrl: null, ringSeconds: 1, talkSeconds: 2 });
    assert.deepEqual(lines(plan), ['1 connect +12015550100 2', '3 hear Bye.', '3 end completed']);
    assert.equal(plan.pickedUpAfterSeconds, 0, 'answered at once without answerOnBridge');
  });

  test('a number that nobody rents, and a product that fails', () => {
    assert.deepEqual(lines(planUnrented()), ['0 hear The number you have dialed is not in service.', '0 end failed']);
    assert.deepEqual(lines(planApology(facts, fresh, 15, ids)), [
      '15 hear We are sorry, an application error has occurred. Goodbye.',
      '15 tell /status 0 completed 0',
      '15 end completed',
    ]);
    assert.equal(
      lines(planApology({ ...facts, hangsUpAfterSeconds: 3 }, fresh, 15, ids))[0],
      '3 tell /status 0 no-answer 0',
    );
    assert.throws(() => play('<Response><Redirect>http://</Redirect></Response>'), UnreadableTwiml);
  });

  test('a call arrives with all that Twilio tells', () => {
    const [ask] = planArrival({ ...facts, callerName: 'ADA' }, 'https://x.example/voice', ids).steps;
    assert.ok(ask?.kind === 'ask');
    const { parameters } = ask.detail;
    for (const name of [
      'CallSid',
      'AccountSid',
      'From',
      'To',
      'Caller',
      'Called',
      'CallStatus',
      'ApiVersion',
      'Direction',
      'FromCity',
      'FromState',
      'FromZip',
      'FromCountry',
      'ToCity',
      'CallerCity',
      'CalledCity',
      'CallToken',
      'StirVerstat',
      'CallerName',
    ]) {
      assert.ok(parameters[name], name);
    }
    assert.equal(parameters.CallStatus, 'ringing');
    assert.equal(parameters.FromCity, 'SAN FRANCISCO');
  });
});
