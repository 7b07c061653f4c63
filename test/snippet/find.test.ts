import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { makeSwap, type Swap, seam } from '../../snippet/find.ts';
import { spell } from '../../src/rules/sharing.ts';

const swapsOf = (...swaps: Swap[]) => {
  const shown = new Set<string>();
  const swap = makeSwap(
    swaps.map((swap) => swap?.map?.(spell) as unknown as Swap),
    (number) => shown.add(number),
  );
  return { swap, shown };
};
const american = swapsOf(['+12125550199', '+17205550111']).swap;
const british = swapsOf(['+442079460018', '+442079460123']).swap;

describe('an American number keeps its page’s own formatting', () => {
  const forms: [string, string][] = [
    ['(212) 555-0199', '(720) 555-0111'],
    ['212-555-0199', '720-555-0111'],
    ['212.555.0199', '720.555.0111'],
    ['212 555 0199', '720 555 0111'],
    ['2125550199', '7205550111'],
    ['212/555-0199', '720/555-0111'],
    ['212·555·0199', '720·555·0111'],
    ['212 • 555 • 0199', '720 • 555 • 0111'],
    ['1-212-555-0199', '1-720-555-0111'],
    ['1 (212) 555-0199', '1 (720) 555-0111'],
    ['+1 212 555 0199', '+1 720 555 0111'],
    ['+1 (212) 555-0199', '+1 (720) 555-0111'],
    ['(+1) 212 555 0199', '(+1) 720 555 0111'],
    ['+12125550199', '+17205550111'],
    ['+1.212.555.0199', '+1.720.555.0111'],
    ['001 212 555 0199', '001 720 555 0111'],
    ['0012125550199', '0017205550111'],
    ['(212)\u00a0555\u20110199', '(720)\u00a0555\u20110111'],
    ['212\u2013555\u20130199', '720\u2013555\u20130111'],
    ['\u202a+1 212\u200e-555-0199\u202c', '\u202a+1 720\u200e-555-0111\u202c'],
    ['212\u00ad555\u00ad0199', '720\u00ad555\u00ad0111'],
    ['2 1 2 5 5 5 0 1 9 9', '7 2 0 5 5 5 0 1 1 1'],
    ['Call (212) 555-0199 now', 'Call (720) 555-0111 now'],
    ['Tel.:212-555-0199, fax: 212-555-0188', 'Tel.:720-555-0111, fax: 212-555-0188'],
    ['212-555-0199 ext. 5', '720-555-0111 ext. 5'],
    ['212-555-0199x5', '720-555-0111x5'],
    ['212-555-0199X12', '720-555-0111X12'],
    ['212-555-0199Ext5', '720-555-0111Ext5'],
    ['212-555-0199.', '720-555-0111.'],
    ['Open 9-5, 212-555-0199', 'Open 9-5, 720-555-0111'],
    ['24/7 212-555-0199', '24/7 720-555-0111'],
    ['at 9:00 212-555-0199', 'at 9:00 720-555-0111'],
    ['New York, NY 10001 (212) 555-0199', 'New York, NY 10001 (720) 555-0111'],
    ['NY 10001 +1 (212) 555-0199', 'NY 10001 +1 (720) 555-0111'],
    ['San Juan, PR 00901 (212) 555-0199', 'San Juan, PR 00901 (720) 555-0111'],
    ['Suite 201 - 212.555.0199', 'Suite 201 - 720.555.0111'],
    ['Since 2001 (212) 555-0199', 'Since 2001 (720) 555-0111'],
    ['$1,000,000 212-555-0199', '$1,000,000 720-555-0111'],
    ['212-555-0199/212-555-0188', '720-555-0111/212-555-0188'],
    ['212-555-0199 212-555-0199', '720-555-0111 720-555-0111'],
    ['tel:+1-212-555-0199', 'tel:+1-720-555-0111'],
    ['212\n      555-0199', '720\n      555-0111'],
    ['هاتف: 212-555-0199', 'هاتف: 720-555-0111'],
  ];
  for (const [own, wanted] of forms) test(JSON.stringify(own), () => assert.equal(american(own), wanted));
});

describe('what only contains the digits is left alone', () => {
  for (const own of [
    '92125550199',
    '21255501991',
    'Order 4212555019977',
    '12-212-555-0199',
    '212-555-0199-42',
    '2125550199.50',
    '02125550199',
    'SKU2125550199',
    '2125550199AB',
    '2125550199@mail.example',
    '+90 212 555 0199',
    '+90 (212) 555 0199',
    '0090 212 555 0199',
    '4212 5550 1991 2345',
    '555-0199',
    '(212) 555-0198',
    '(212) 555-019',
    '212,555,0199',
  ])
    test(JSON.stringify(own), () => assert.equal(american(own), own));
});

describe('numbers of other countries, in the form of their country too', () => {
  const forms: [string, string][] = [
    ['020 7946 0018', '020 7946 0123'],
    ['(020) 7946 0018', '(020) 7946 0123'],
    ['+44 20 7946 0018', '+44 20 7946 0123'],
    ['+44 (0)20 7946 0018', '+44 (0)20 7946 0123'],
    ['+44 (0) 20 7946 0018', '+44 (0) 20 7946 0123'],
    ['0044 20 7946 0018', '0044 20 7946 0123'],
    ['442079460018', '442079460123'],
    ['0-20-79-46-00-18', '0-20-79-46-01-23'],
  ];
  for (const [own, wanted] of forms) test(own, () => assert.equal(british(own), wanted));

  test('codes of one, two and three digits', () => {
    const { swap } = swapsOf(
      ['+74955550199', '+74955550111'],
      ['+35315550199', '+35315550111'],
      ['+420255501990', '+420255501110'],
      ['+390655501990', '+390655501110'],
      ['+4930901820', '+4930901999'],
    );
    assert.equal(swap('8 (495) 555-01-99'), '8 (495) 555-01-11');
    assert.equal(swap('8-495-555-01-99'), '8-495-555-01-11');
    assert.equal(swap('(01) 555 0199'), '(01) 555 0111');
    assert.equal(swap('+353 1 555 0199'), '+353 1 555 0111');
    assert.equal(swap('255 501 990'), '255 501 110');
    assert.equal(swap('06 5550 1990'), '06 5550 1110');
    assert.equal(swap('+39 06 5550 1990'), '+39 06 5550 1110');
    assert.equal(swap('030/901820'), '030/901999');
  });

  test('behind a number that ends as their code or trunk prefix does', () => {
    const { swap } = swapsOf(['+61299990000', '+61299991111'], ['+34912345678', '+34912340000']);
    assert.equal(swap('NSW 2061 (02) 9999 0000'), 'NSW 2061 (02) 9999 1111');
    assert.equal(swap('NSW 2060 (02) 9999 0000'), 'NSW 2060 (02) 9999 1111');
    assert.equal(swap('28010 · 912 345 678'), '28010 · 912 340 000');
  });

  test('another length: the rest stands behind, or is left off', () => {
    assert.equal(swapsOf(['+4930123456', '+49309018200']).swap('(030) 123-456'), '(030) 901-8200');
    assert.equal(swapsOf(['+49309018200', '+4930123456']).swap('+49 (0)30 901 8200'), '+49 (0)30 123 456');
  });

  test('another country: as one dials it from anywhere', () => {
    const { swap } = swapsOf(['+442079460018', '+17205550111']);
    assert.equal(swap('Call 020 7946 0018 now'), 'Call +1 7205550111 now');
    assert.equal(swap('+44 (0)20 7946 0018'), '+1 7205550111');
    assert.equal(swap(`020${seam} 7946${seam} 0018`), `+1 7205550111${seam}${seam}`);
  });
});

test('over several nodes: each keeps its part', () => {
  assert.equal(
    american(`Call ${seam}212${seam}-${seam}555-01${seam}99!`),
    `Call ${seam}720${seam}-${seam}555-01${seam}11!`,
  );
  assert.equal(american(`Phone${seam}212-555-0199${seam}24/7`), `Phone${seam}720-555-0111${seam}24/7`);
});

test('several numbers at once; one may be shown in the place of another', () => {
  const { swap, shown } = swapsOf(['+12125550199', '+12125550188'], ['+12125550188', '+17205550111']);
  assert.equal(swap('(212) 555-0199 or (212) 555-0188'), '(212) 555-0188 or (720) 555-0111');
  assert.deepEqual([...shown], ['+1 2125550188', '+1 7205550111']);
});

test('without numbers, and with what is none, texts stay', () => {
  assert.equal(swapsOf().swap('(212) 555-0199'), '(212) 555-0199');
  const garbage = [['x', 'y'], null, ['+12125550199', '<b>'], 7, ['+12125550199']] as unknown as Swap[];
  assert.equal(swapsOf(...garbage).swap('(212) 555-0199'), '(212) 555-0199');
});

test('any target in any dress is found, and its dress kept', () => {
  const digits = (length: number) =>
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((each) => each.join(''));
  const gap = fc.constantFrom('', ' ', '-', '.', '\u00a0', ') ', ' (', '\u2011', '/');
  fc.assert(
    fc.property(
      fc.constantFrom('1', '44', '353', '7', '49'),
      digits(9),
      digits(9),
      fc.array(gap, { minLength: 10, maxLength: 10 }),
      (code, rest, other, gaps) => {
        const [target, shown] = [`2${rest}`, `3${other}`];
        const dress = (number: string) => [...number].map((digit, at) => digit + (gaps[at] ?? '')).join('');
        const { swap } = swapsOf([`+${code}${target}`, `+${code}${shown}`]);
        const inText = (number: string) => `a ${dress(number)} b`;
        assert.equal(swap(inText(target)), inText(shown));
        const abroad = (number: string) => `a +${code} ${dress(number)} b`;
        assert.equal(swap(abroad(target)), abroad(shown));
      },
    ),
    { seed: Number(process.env.SEED) || 1, numRuns: 500 },
  );
});

test('whatever stands there: nothing is lost, and only digits change where the lengths are equal', () => {
  const { swap } = swapsOf(['+12125550199', '+17205550111']);
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.constantFrom('2125550199', '212', '555', '0199', '-', ' ', '+1'))),
      (parts) => {
        const text = parts.join('');
        const result = swap(text);
        assert.equal(result.length, text.length);
        assert.equal(result.replace(/\d/g, '#'), text.replace(/\d/g, '#'));
        assert.equal(swap(result), result);
      },
    ),
    { seed: Number(process.env.SEED) || 1, numRuns: 500 },
  );
});
