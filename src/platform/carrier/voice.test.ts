import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import {
  answerWithForward,
  answerWithHangup,
  answerWithRefusal,
  answerWithReject,
  answerWithTryAgain,
  MalformedVoiceRequest,
  parseCallArrived,
  parseCallChanged,
  parseDialEnded,
  parseLegChanged,
  publicVoiceUrl,
  verifyVoiceRequest,
} from './voice.ts';

const callSid = 'CA00112233445566778899aabbccddeeff';
const legSid = 'CAffeeddccbbaa99887766554433221100';
const accountSid = 'AC00000000000000000000000000000001';

describe('the signature', () => {
  const vector = {
    url: 'https://mycompany.com/myapp.php?foo=1&bar=2',
    parameters: {
      CallSid: 'CA1234567890ABCDE',
      Caller: '+12349013030',
      Digits: '1234',
      From: '+12349013030',
      To: '+18005551212',
    },
    signature: '0/KCTR6DLpKmkAf8muzZqo1nDgQ=',
  };

  test("Twilio's published vector passes, with another token it fails", () => {
    assert.equal(verifyVoiceRequest({ ...vector, authTokens: ['12345'] }), true);
    assert.equal(verifyVoiceRequest({ ...vector, authTokens: ['12346'] }), false);
    assert.equal(
      verifyVoiceRequest({ ...vector, authTokens: ['12346', '12345'] }),
      true,
      'an older token still counts',
    );
    assert.equal(verifyVoiceRequest({ ...vector, authTokens: [] }), false);
    assert.equal(verifyVoiceRequest({ ...vector, authTokens: [''] }), false);
  });

  test('one byte changed anywhere fails', () => {
    const token = 'a2b4';
    const url = publicVoiceUrl('https://calls.example/', '/voice?n=7&x=it%27s');
    const parameters = { CallSid: callSid, From: '+12125550142', Body: 'naïve é', Zip: '', Extra: ['b', 'a', 'b'] };
    const signature = getExpectedTwilioSignature(token, url, parameters);
    const good = { authTokens: [token], url, parameters, signature };
    assert.equal(verifyVoiceRequest(good), true);
    const changed = [
      { ...good, url: url.replace('n=7', 'n=8') },
      { ...good, url: url.replace('https', 'http') },
      { ...good, parameters: { ...parameters, From: '+12125550143' } },
      { ...good, parameters: { ...parameters, New: '1' } },
      { ...good, signature: `${signature.slice(0, 3)}${signature[3] === 'A' ? 'B' : 'A'}${signature.slice(4)}` },
      { ...good, signature: '' },
      { ...good, signature: undefined },
      { ...good, signature: 'é' },
      { ...good, url: '/voice' },
    ];
    for (const request of changed) assert.equal(verifyVoiceRequest(request), false);
  });

  test('the address is the public one, with its query untouched', () => {
    assert.equal(publicVoiceUrl('https://x.example', '/voice?a=%20b'), 'https://x.example/voice?a=%20b');
    assert.equal(publicVoiceUrl('https://x.example/calls/', '/voice'), 'https://x.example/calls/voice');
  });
});

describe('what arrives', () => {
  const arrival = {
    CallSid: callSid,
    AccountSid: accountSid,
    From: '+14155550123',
    To: '+12125550142',
    CallStatus: 'ringing',
    FromCity: 'SAN FRANCISCO',
    FromState: 'CA',
    FromZip: '',
    FromCountry: 'US',
    Surprise: 'new parameters come without notice',
  };

  test('a call', () => {
    const call = parseCallArrived(arrival);
    assert.equal(call.from, '+14155550123');
    assert.equal(call.to, '+12125550142');
    assert.deepEqual(call.fromPlace, { city: 'SAN FRANCISCO', region: 'CA', postalCode: null, country: 'US' });
    assert.equal(call.callerName, null);
  });

  test('a withheld caller is nobody', () => {
    for (const From of ['anonymous', '+266696687', 'Restricted', 'sip:bob@example.com']) {
      assert.equal(parseCallArrived({ ...arrival, From }).from, null);
    }
  });

  test('a leg that moves on, and one that ends', () => {
    const ringing = {
      CallSid: legSid,
      ParentCallSid: callSid,
      CallStatus: 'ringing',
      SequenceNumber: '1',
      Timestamp: 'Sun, 22 Nov 2026 23:35:07 +0000',
      To: '+12015550100',
    };
    assert.deepEqual(parseLegChanged(ringing), {
      type: 'leg-changed',
      callSid,
      legSid,
      from: null,
      to: '+12015550100',
      status: 'ringing',
      sequenceNumber: 1,
      at: new Date('2026-11-22T23:35:07Z'),
      durationSeconds: null,
    });
    assert.equal(parseLegChanged({ ...ringing, CallStatus: 'completed', CallDuration: '61' }).durationSeconds, 61);
  });

  test('the end of the forwarding, with the caller there or gone', () => {
    const ended = { CallSid: callSid, CallStatus: 'in-progress', DialCallStatus: 'completed', DialCallSid: legSid };
    assert.deepEqual(parseDialEnded({ ...ended, DialCallDuration: '12' }), {
      type: 'dial-ended',
      callSid,
      legSid,
      status: 'completed',
      durationSeconds: 12,
      callerIsGone: false,
    });
    assert.equal(parseDialEnded({ ...ended, CallStatus: 'completed' }).callerIsGone, true);
    assert.equal(parseDialEnded({ ...ended, DialCallStatus: 'no-answer' }).durationSeconds, 0);
  });

  test('the end of the call', () => {
    const ended = parseCallChanged({ CallSid: callSid, CallStatus: 'completed', CallDuration: '14' });
    assert.deepEqual(ended, {
      type: 'call-changed',
      callSid,
      status: 'completed',
      sequenceNumber: 0,
      at: null,
      durationSeconds: 14,
    });
  });

  test('what can not be read is refused by name', () => {
    const refusals: [string, () => unknown][] = [
      ['CallSid', () => parseCallArrived({ ...arrival, CallSid: "CA1' or 1=1" })],
      ['CallSid', () => parseCallArrived({ ...arrival, CallSid: [callSid, legSid] })],
      ['AccountSid', () => parseCallArrived({ ...arrival, AccountSid: undefined })],
      ['To', () => parseCallArrived({ ...arrival, To: '2125550142' })],
      ['From', () => parseCallArrived({ ...arrival, From: '' })],
      ['CallStatus', () => parseCallChanged({ CallSid: callSid, CallStatus: 'toString' })],
      ['CallDuration', () => parseCallChanged({ CallSid: callSid, CallStatus: 'completed', CallDuration: '-1' })],
      ['Timestamp', () => parseCallChanged({ CallSid: callSid, CallStatus: 'completed', Timestamp: '2026' })],
      ['SequenceNumber', () => parseLegChanged({ CallSid: legSid, ParentCallSid: callSid, CallStatus: 'ringing' })],
      ['ParentCallSid', () => parseLegChanged({ CallSid: legSid, CallStatus: 'ringing' })],
      ['CallStatus', () => parseDialEnded({ CallSid: callSid })],
    ];
    for (const [parameter, parse] of refusals) {
      assert.throws(parse, (error: unknown) => {
        assert.ok(error instanceof MalformedVoiceRequest);
        assert.equal(error.parameter, parameter);
        assert.match(error.message, new RegExp(`^${parameter} .*\\.$`));
        return true;
      });
    }
    assert.throws(() => parseCallArrived(Object.create({ CallSid: callSid })), MalformedVoiceRequest);
  });
});

describe('what we answer', () => {
  test('a forward rings the receiving number and reports on it', () => {
    const twiml = answerWithForward({
      to: '+12015550100',
      timeoutSeconds: 25,
      legStatusUrl: 'https://x.example/leg?call=1&n=2',
      dialActionUrl: 'https://x.example/after',
    });
    assert.match(twiml, /<Dial answerOnBridge="true" timeout="25" action="https:\/\/x.example\/after" method="POST">/);
    assert.match(twiml, /statusCallback="https:\/\/x.example\/leg\?call=1&amp;n=2"/);
    assert.match(twiml, /statusCallbackEvent="initiated ringing answered completed"/);
    assert.match(twiml, />\+12015550100<\/Number>/);
    assert.doesNotMatch(twiml, /callerId/);
  });

  test('a refusal says why, whatever the setting holds', () => {
    assert.match(
      answerWithRefusal({ message: 'Closed <b>& "gone"\u0000\u0008\ud800' }),
      /<Say language="en-US">Closed &lt;b&gt;&amp; "gone"\ufffd<\/Say><Hangup\/><\/Response>$/,
    );
  });

  test('reject, hang up, try again', () => {
    assert.match(answerWithReject(), /<Response><Reject reason="rejected"\/><\/Response>/);
    assert.match(answerWithReject({ reason: 'busy' }), /<Reject reason="busy"\/>/);
    assert.match(answerWithHangup(), /<Response><Hangup\/><\/Response>/);
    assert.match(
      answerWithTryAgain({ message: 'One moment.', redirectUrl: 'https://x.example/voice?a=1&b=2', pauseSeconds: 0.2 }),
      /One moment\.<\/Say><Pause length="1"\/><Redirect method="POST">https:\/\/x.example\/voice\?a=1&amp;b=2<\/Redirect>/,
    );
  });
});
