import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { findMisfits } from './findMisfits.ts';
import { type Exchange, type Imitation, startImitation } from './imitation.ts';
import { openTwilioCarrier } from './open.ts';

/* That everything else fits is asserted where the door is tried: after every run of its tests. */

describe('Twilio’s description finds what does not fit it', () => {
  let imitation: Imitation;
  const exchanges: Record<string, Exchange> = {};
  before(async () => {
    imitation = await startImitation();
    const { accountSid, authToken, url: apiUrl } = imitation;
    const carrier = openTwilioCarrier({ accountSid, authToken, secondaryAuthToken: null, apiUrl });
    const keep = (name: string) => {
      exchanges[name] = imitation.exchanges.at(-1)!;
    };
    await carrier.checkAccess();
    keep('account');
    await carrier.search({ country: 'US', kind: 'local', areaCode: '303', limit: 2 });
    keep('search');
    const rented = await carrier.buy('+13035550101', {
      idempotencyKey: 'buy TPN1',
      voiceUrl: 'https://x.example/v',
      statusCallbackUrl: 'https://x.example/s',
    });
    keep('purchase');
    await carrier.release(rented.carrierNumberId);
    keep('release');
    await carrier.release(rented.carrierNumberId);
    keep('refusal');
    await carrier.close();
  });
  after(() => imitation.close());

  test('as they were sent, they fit', () => {
    assert.deepEqual(
      Object.values(exchanges).map((each) => each.status),
      [200, 200, 201, 204, 404],
    );
    assert.deepEqual(Object.values(exchanges).flatMap(findMisfits), []);
  });

  const withBody = (change: object) => (each: Exchange) => ({ ...each, body: { ...(each.body as object), ...change } });
  const withField = (place: 'query' | 'form', name: string, value: string) => (each: Exchange) => ({
    ...each,
    [place]: new URLSearchParams({ ...Object.fromEntries(each[place]), [name]: value }),
  });
  const cases: [string, (exchange: Exchange) => Exchange, RegExp][] = [
    ['purchase', withField('form', 'VoiceURL', 'https://x.example'), /form VoiceURL: no such parameter$/],
    ['purchase', withField('form', 'VoiceMethod', 'PATCH'), /form VoiceMethod: "PATCH" does not fit$/],
    ['purchase', withField('form', 'PhoneNumber', '303 555 0101'), /form PhoneNumber: .* does not fit$/],
    ['search', withField('query', 'AreaCode', '30x'), /query AreaCode: "30x" is no integer$/],
    ['search', withField('query', 'PageSize', '1001'), /query PageSize: 1001 does not fit$/],
    ['search', withField('query', 'VoiceEnabled', 'yes'), /query VoiceEnabled: "yes" is no boolean$/],
    [
      'search',
      (each) => ({ ...each, path: each.path.replace('/US/', '/usa/') }),
      /path CountryCode: "usa" does not fit$/,
    ],
    ['search', (each) => ({ ...each, method: 'PUT' }), /: no such request$/],
    ['purchase', (each) => ({ ...each, status: 200 }), / 200: no such answer$/],
    ['purchase', withBody({ date_created: '2026-01-05T00:00:01Z' }), /date_created: .* does not fit$/],
    ['purchase', withBody({ voice_uri: '' }), /voice_uri: no such property$/],
    ['purchase', withBody({ sid: 'PN1' }), /sid: "PN1" does not fit$/],
    ['purchase', withBody({ beta: 'false' }), /beta: "false" is no boolean$/],
    ['purchase', withBody({ address_requirements: null }), /address_requirements: null$/],
    ['account', withBody({ status: 'fine' }), /status: "fine" does not fit$/],
    ['account', (each) => ({ ...each, body: {} }), /\.sid: missing$/],
    ['refusal', withBody({ code: '20404' }), /code: "20404" is no integer$/],
    ['release', (each) => ({ ...each, body: {} }), /204: nothing is expected$/],
  ];
  for (const [name, spoil, sentence] of cases) {
    test(`${name}: ${sentence.source}`, () => {
      const misfits = findMisfits(spoil(exchanges[name]!));
      assert.ok(
        misfits.some((each) => sentence.test(each)),
        misfits.join('\n'),
      );
    });
  }
});
