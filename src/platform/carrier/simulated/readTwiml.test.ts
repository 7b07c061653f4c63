import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answerWithForward, answerWithRefusal, answerWithReject, answerWithTryAgain } from '../voice.ts';
import { readTwiml, UnreadableTwiml } from './readTwiml.ts';

describe('reading TwiML', () => {
  test('what the voice door builds', () => {
    const forward = answerWithForward({
      to: '+12015550100',
      callerId: '+12125550142',
      timeoutSeconds: 20,
      legStatusUrl: 'https://x.example/leg?a=1&b=2',
      dialActionUrl: 'https://x.example/after',
    });
    assert.deepEqual(readTwiml(forward), [
      {
        verb: 'dial',
        to: '+12015550100',
        callerId: '+12125550142',
        timeoutSeconds: 20,
        answersOnBridge: true,
        actionUrl: 'https://x.example/after',
        legStatusUrl: 'https://x.example/leg?a=1&b=2',
        legEvents: ['initiated', 'ringing', 'answered', 'completed'],
      },
    ]);
    assert.deepEqual(readTwiml(answerWithRefusal({ message: 'Smith & <Sons> said "no" – naïve 😀' })), [
      { verb: 'say', message: 'Smith & <Sons> said "no" – naïve 😀' },
      { verb: 'hangup' },
    ]);
    assert.deepEqual(readTwiml(answerWithReject()), [{ verb: 'reject', reason: 'rejected' }]);
    assert.deepEqual(readTwiml(answerWithTryAgain({ message: 'Wait.', redirectUrl: '/v?a&b', pauseSeconds: 4 })), [
      { verb: 'say', message: 'Wait.' },
      { verb: 'pause', seconds: 4 },
      { verb: 'redirect', url: '/v?a&b' },
    ]);
  });

  test('what others may build', () => {
    const twiml = `\ufeff<?xml version='1.0'?>
      <!-- a comment -->
      <Response>
        <Say voice = 'alice'>A <![CDATA[<b>]]> &#65;&#x42;</Say><Pause/>
        <Dial>+12015550100</Dial>
        <Dial><Number statusCallback="/leg">+12015550100</Number></Dial>
        <Redirect/>
      </Response>`;
    const verbs = readTwiml(twiml);
    assert.deepEqual(verbs[0], { verb: 'say', message: 'A <b> AB' });
    assert.deepEqual(verbs[1], { verb: 'pause', seconds: 1 });
    assert.equal(verbs[2]?.verb === 'dial' && verbs[2].timeoutSeconds, 30);
    assert.deepEqual(verbs[3]?.verb === 'dial' && verbs[3].legEvents, ['completed']);
    assert.deepEqual(verbs[4], { verb: 'redirect', url: '' });
    assert.deepEqual(readTwiml('<Response/>'), []);
  });

  test('what is no TwiML is refused with a sentence', () => {
    const wrong = [
      '',
      'ok',
      '{"status":"ok"}',
      '<html></html>',
      '<Response>',
      '</Response>',
      '<Response></Say>',
      '<Response>words</Response>',
      '<Response/><Response/>',
      '<Response><Say>a & b</Say></Response>',
      '<Response><Say>&nbsp;</Say></Response>',
      '<Response><Say>&#0;</Say></Response>',
      '<Response><Say x="1" x="2"/></Response>',
      '<Response><Say x=1/></Response>',
      '<Response><Say>\u0008</Say></Response>',
      '<!DOCTYPE Response [<!ENTITY a "b">]><Response/>',
      '<Response><?php ?></Response>',
      '<Response><Gather/></Response>',
      '<Response><Dial><Sip>sip:a@b</Sip></Dial></Response>',
      '<Response><Dial>911</Dial></Response>',
      '<Response><Dial timeout="soon">+12015550100</Dial></Response>',
      '<Response><Redirect method="GET">/x</Redirect></Response>',
    ];
    for (const twiml of wrong) {
      assert.throws(
        () => readTwiml(twiml),
        (error) => error instanceof UnreadableTwiml && error.message.endsWith('.'),
        twiml,
      );
    }
  });
});
