import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { SiteSource } from '../../src/rules/swapping.ts';
import type { Site } from './site.ts';
import { serverOf, shows, until, visit, type Wishes } from './visit.ts';

/* Who came how, what is remembered of it, and what we are told. */

const own = '(212) 555-0199';
const ours = '(720) 555-0111';
const body = `<p id="n">${own}</p>`;
const aLittleLater = 45_100;
const withClock = { prepare: ({ page }) => page.clock.install() } satisfies Partial<Wishes>;
const before = (script: string) =>
  ({ prepare: ({ page }) => page.addInitScript(script).then(() => {}) }) satisfies Partial<Wishes>;

const fromAds: SiteSource = {
  id: 'TSOads',
  rules: [['landing', true, '[?&](?:gclid|gbraid)=[^&#]']],
  swaps: [['+1 2125550199', '+1 7205550122']],
};
const fromSearch: SiteSource = {
  id: 'TSOsearch',
  rules: [['referrer', true, 'search\\.example']],
  swaps: [['+1 2125550199', '+1 7205550133']],
};
const fromMail: SiteSource = {
  id: 'TSOmail',
  rules: [['?utm_source', true, '^(?:news.*)$']],
  isLast: true,
  swaps: [['+1 2125550199', '+1 7205550144']],
};
const direct: SiteSource = {
  id: 'TSOdirect',
  rules: [['referrer', true, '^$']],
  swaps: [['+1 2125550199', '+1 7205550155']],
};
const sources = [fromAds, fromSearch, fromMail, direct];

describe('the source', () => {
  const cases: [path: string, referer: string | undefined, shown: string][] = [
    ['?gclid=1', undefined, '(720) 555-0122'],
    ['', 'https://search.example/q', '(720) 555-0133'],
    ['?utm_source=Newsletter', 'https://search.example/q', '(720) 555-0133'],
    ['?utm_source=Newsletter', undefined, '(720) 555-0144'],
    ['', undefined, '(720) 555-0155'],
    ['', 'https://elsewhere.example/', own],
  ];
  for (const [path, referer, shown] of cases)
    test(`${path || '/'} from ${referer ?? 'nowhere'}: ${shown}`, async () => {
      await visit({ body, site: { config: { sources } } }, async ({ page, context, addressOf, site }) => {
        await context.clearCookies();
        await page.goto(addressOf(path), referer ? { referer } : {});
        await shows(page, shown);
        await until(() => site.beacons.length === 2);
        assert.equal(site.beacons[1]!.referrer, referer ?? '');
      });
    });

  test('who came first by one stays with it, until one comes that takes over', async () => {
    await visit({ body, site: { config: { sources } }, path: '?gclid=1' }, async ({ page, addressOf, site }) => {
      await shows(page, '(720) 555-0122');
      await page.goto(addressOf('about'), { referer: addressOf() });
      await shows(page, '(720) 555-0122');
      await page.goto(addressOf(), { referer: 'https://search.example/q' });
      await shows(page, '(720) 555-0122');
      await page.goto(addressOf('?utm_source=newsletter'), { referer: 'https://mail.example/' });
      await shows(page, '(720) 555-0144');
      await page.goto(addressOf('contact'), { referer: addressOf() });
      await shows(page, '(720) 555-0144');
      await until(() => site.beacons.length === 5);
      const [first, second] = site.beacons;
      assert.equal(first!.kind, 'page');
      assert.equal(second!.referrer, '', 'the site itself is no referrer');
      assert.equal(new Set(site.beacons.map(({ visitor }) => visitor)).size, 1);
      const visits = site.beacons.map(({ visit }) => visit);
      assert.equal(visits[1], visits[0]);
      assert.equal(visits[4], visits[3]);
      assert.equal(new Set(visits).size, 3, 'who comes from outside begins another');
      assert.match(first!.landing, /gclid=1$/);
      assert.deepEqual(first!.shown, ['+1 7205550122']);
    });
  });
});

describe('within half an hour of another', () => {
  test('an ad’s click begins a visit, with its own landing page; a reload doesn’t', async () => {
    await visit({ body, site: { config: { sources } } }, async ({ page, addressOf, site }) => {
      await until(() => site.beacons.length === 1);
      await page.goto(addressOf('?gclid=1'));
      await until(() => site.beacons.length === 2);
      await page.reload();
      await until(() => site.beacons.length === 3);
      await page.goto(addressOf('about'), { referer: addressOf() });
      await until(() => site.beacons.length === 4);
      await page.goto(addressOf('offer?id=1&fbclid=2'), { referer: addressOf() });
      await until(() => site.beacons.length === 5);
      const [first, second, third, fourth, fifth] = site.beacons;
      assert.notEqual(second!.visit, first!.visit);
      assert.match(second!.landing, /gclid=1$/);
      assert.equal(third!.visit, second!.visit);
      assert.equal(fourth!.visit, second!.visit);
      assert.notEqual(fifth!.visit, second!.visit);
      assert.match(fifth!.landing, /fbclid=2$/);
      assert.equal(new Set(site.beacons.map(({ visitor }) => visitor)).size, 1);
    });
  });
});

describe('the cookie', () => {
  test('is first-party, lasts as many days as were set, and is the site’s, not the subdomain’s', async () => {
    await visit(
      { body, site: { config: { sources: [fromAds, direct], cookieDays: 10 } }, path: '?gclid=1' },
      async ({ page, context, addressOf, id, site }) => {
        await shows(page, '(720) 555-0122');
        const [cookie, ...more] = await context.cookies();
        assert.deepEqual(more, []);
        assert.equal(cookie!.name, `switchhook_${id}`);
        assert.equal(cookie!.domain, '.shop.example');
        assert.equal(cookie!.sameSite, 'Lax');
        assert.equal(cookie!.secure, false);
        assert.ok(Math.abs(cookie!.expires - Date.now() / 1000 - 10 * 86_400) < 60);
        await page.goto(addressOf('', 'checkout.shop.example'), { referer: addressOf() });
        await shows(page, '(720) 555-0122');
        await until(() => site.beacons.length === 2);
        assert.equal(site.beacons[0]!.visitor, site.beacons[1]!.visitor);
        assert.equal(site.beacons[1]!.referrer, '');
      },
    );
  });

  test('never goes to a public suffix', async () => {
    await visit({ body, site: { config: { sources: [fromAds, direct] } } }, async ({ page, context, addressOf }) => {
      await context.clearCookies();
      await page.goto(addressOf('?gclid=1', 'www.one.co.uk'));
      await shows(page, '(720) 555-0122');
      assert.deepEqual(
        (await context.cookies()).map(({ domain }) => domain),
        ['.one.co.uk'],
      );
      await page.goto(addressOf('', 'two.co.uk'));
      await shows(page, '(720) 555-0155');
    });
  });

  test('is for https only where the page is, and stands on addresses and localhost too', async () => {
    await visit(
      { body, site: { config: { sources: [fromAds, direct] } } },
      async ({ page, context, addressOf, site, id }) => {
        for (const host of ['127.0.0.1', 'localhost']) {
          await context.clearCookies();
          await page.goto(addressOf('?gclid=1', host));
          await shows(page, '(720) 555-0122');
          await page.goto(addressOf('', host));
          await shows(page, '(720) 555-0122');
        }
        await context.clearCookies();
        const here = `http://127.0.0.1:${serverOf().port}`;
        await context.route('https://secure.example/**', async (route) => {
          const { pathname, search } = new URL(route.request().url());
          const answer = await route.fetch({ url: here + pathname + search });
          const text = (await answer.text()).replaceAll(/http:\/\/numbers.example:\d+/g, 'https://secure.example');
          await route.fulfill({ response: answer, body: text });
        });
        site.beacons.length = 0;
        await page.goto(`https://secure.example/site/${id}/?gclid=1`);
        await shows(page, '(720) 555-0122');
        assert.equal((await context.cookies())[0]!.secure, true);
      },
    );
  });

  test('half an hour of silence makes another visit of the same visitor', async () => {
    await visit({ body, ...withClock }, async ({ page, site }) => {
      await shows(page, ours);
      await until(() => site.beacons.length === 1);
      await page.clock.runFor(aLittleLater);
      await until(() => site.beacons.length === 2);
      await page.evaluate(`Object.defineProperty(document, 'hidden', { value: true, configurable: true })`);
      await page.clock.runFor(31 * 60_000);
      assert.equal(site.beacons.length, 2, 'nobody looks');
      await page.evaluate(
        `Object.defineProperty(document, 'hidden', { value: false }); document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`,
      );
      await until(() => site.beacons.length === 3);
      const [first, second, third] = site.beacons;
      assert.deepEqual([first!.kind, second!.kind, third!.kind], ['page', 'live', 'live']);
      assert.equal(second!.visit, first!.visit);
      assert.notEqual(third!.visit, first!.visit);
      assert.equal(third!.visitor, first!.visitor);
    });
  });
});

describe('who does not want to be followed', () => {
  const pool: SiteSource = { id: 'TSOpool', rules: [], isPool: true, swaps: [] };
  const signals = {
    'Global Privacy Control': `Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })`,
    'Do Not Track': `Object.defineProperty(navigator, 'doNotTrack', { value: '1' })`,
  };
  for (const [name, script] of Object.entries(signals)) {
    test(`${name}: swapped by rules, but no cookie, no beacon`, async () => {
      await visit({ body, ...before(script) }, async ({ page, context, site, complaints }) => {
        await shows(page, ours);
        await until(() => site.questions > 0);
        assert.deepEqual(await context.cookies(), []);
        assert.equal(site.beacons.length, 0);
        assert.deepEqual(complaints, []);
      });
    });

    test(`${name}: no number of a pool; unless the account says that it does not count`, async () => {
      const answer = () => ({ isOn: true as const, swaps: [['+1 2125550199', '+1 7205550166']] as const });
      await visit(
        { body, ...before(script), site: { answer, config: { sources: [pool] } } },
        async ({ page, site }) => {
          await until(() => site.questions > 0);
          assert.equal(await page.textContent('#n'), own);
        },
      );
      await visit(
        { body, ...before(script), site: { answer, config: { sources: [pool], respectsSignals: false } } },
        async ({ page }) => shows(page, '(720) 555-0166'),
      );
    });
  }

  test('without a beacon an open page hears of a pause as well', async () => {
    const prepare: Wishes['prepare'] = async ({ page }) => {
      await page.clock.install();
      await page.addInitScript(signals['Do Not Track']);
    };
    await visit({ body, prepare }, async ({ page, site }) => {
      await shows(page, ours);
      site.config = null;
      await page.clock.runFor(aLittleLater);
      await shows(page, own);
      assert.equal(site.beacons.length, 0);
    });
  });

  test('consent: nothing before, everything after, nothing again', async () => {
    await visit({ body, site: { config: { storage: 'consent' } } }, async ({ page, context, site, complaints }) => {
      await shows(page, ours);
      await until(() => site.questions > 0);
      assert.deepEqual(await context.cookies(), []);
      assert.equal(site.beacons.length, 0);
      await page.evaluate('switchhook.consent(true)');
      await until(() => site.beacons.length === 1);
      assert.equal((await context.cookies()).length, 1);
      await page.reload();
      await until(() => site.beacons.length === 2);
      assert.equal(site.beacons[0]!.visitor, site.beacons[1]!.visitor);
      await page.evaluate('switchhook.consent(false)');
      assert.deepEqual(await context.cookies(), []);
      await page.reload();
      await shows(page, ours);
      assert.equal(site.beacons.length, 2);
      assert.deepEqual(complaints, []);
    });
  });

  test('a cookie from before consent was asked for is no consent; one with it is, until it is taken back', async () => {
    const visitor = '1'.repeat(24);
    const wishes: Wishes = {
      body,
      site: { config: { storage: 'consent' } },
      async prepare({ context, id }) {
        const cookie = { name: `switchhook_${id}`, value: `${visitor}.${'2'.repeat(24)}.TSOeverybody.${Date.now()}.` };
        const other = { name: 'other', value: '.1.true.true' };
        await context.addCookies([cookie, other].map((each) => ({ ...each, domain: '.shop.example', path: '/' })));
      },
    };
    await visit(wishes, async ({ page, context, site, id, addressOf }) => {
      const kept = async () => (await context.cookies()).find(({ name }) => name === `switchhook_${id}`)?.value;
      const before = await kept();
      await shows(page, ours);
      await until(() => site.questions === 1);
      assert.equal(site.beacons.length, 0);
      assert.equal(await kept(), before, 'not written either');
      await page.evaluate('switchhook.consent(true)');
      await until(() => site.beacons.length === 1);
      await page.goto(addressOf('next'));
      await until(() => site.beacons.length === 2);
      assert.deepEqual(
        site.beacons.map((beacon) => beacon.visitor),
        [visitor, visitor],
      );
      await page.evaluate('switchhook.consent(false)');
      await until(() => site.questions === 2);
      assert.equal(await kept(), undefined);
      await page.goto(addressOf('last'));
      await until(() => site.questions === 3);
      assert.equal(site.beacons.length, 2);
    });
  });

  test('consent that is queued before the script is there', async () => {
    const head =
      '<script>window.switchhook = window.switchhook || []; switchhook.push((it) => it.consent(true));</script>';
    await visit(
      { body, head, path: '?gclid=1', site: { config: { storage: 'consent', sources } } },
      async ({ page, context, site }) => {
        await shows(page, '(720) 555-0122');
        await until(() => site.beacons.length > 0);
        assert.equal(site.beacons[0]!.source, 'TSOads');
        assert.equal((await context.cookies()).length, 1);
        assert.equal(site.beacons.length, 1);
      },
    );
  });

  test('without cookies each page is a visit of its own', async () => {
    await visit({ body, site: { config: { storage: 'none' } } }, async ({ page, context, site }) => {
      await until(() => site.beacons.length === 1);
      await page.reload();
      await until(() => site.beacons.length === 2);
      assert.deepEqual(await context.cookies(), []);
      assert.notEqual(site.beacons[0]!.visitor, site.beacons[1]!.visitor);
      await shows(page, ours);
    });
  });
});

test('without cookies the next page of a site is no visit that came by itself: it keeps its own number', async () => {
  const direct: SiteSource = {
    id: 'TSOdirect',
    rules: [['referrer', true, '^$']],
    swaps: [['+1 2125550199', '+1 7205550111']],
  };
  const config = { storage: 'none' as const, sources: [direct] };
  await visit({ body: `${body}<a href="?next">Next</a>`, site: { config } }, async ({ page }) => {
    await shows(page, ours);
    await page.getByText('Next').click();
    await page.waitForURL(/next/);
    await page.waitForFunction(() => 'switchhook' in window && document.readyState === 'complete');
    assert.equal(await page.evaluate(() => document.referrer !== ''), true);
    await shows(page, own);
  });
});

test('without cookies from www. to the bare name is the same site', async () => {
  const referred: SiteSource = { ...direct, id: 'TSOreferred', rules: [['referrer', true, '.']] };
  const config = { storage: 'none' as const, sources: [referred] };
  await visit({ body, site: { config } }, async ({ page, site, addressOf }) => {
    await until(() => site.beacons.length === 1);
    await page.goto(addressOf('', 'shop.example'), { referer: addressOf() });
    await until(() => site.beacons.length === 2);
    assert.equal(site.beacons[1]!.referrer, '');
    assert.equal(await page.textContent('#n'), own);
  });
});

test('a pool’s number that takes another’s place is told at once', async () => {
  const pool: SiteSource = { id: 'TSOpool', rules: [], isPool: true, swaps: [] };
  const number =
    (last: string): Site['answer'] =>
    () => ({ isOn: true, swaps: [['+1 2125550199', `+1 72055501${last}`]] });
  const answer = number('66');
  await visit({ body, ...withClock, site: { answer, config: { sources: [pool] } } }, async ({ page, site }) => {
    await shows(page, '(720) 555-0166');
    await page.clock.runFor(1_000);
    await until(() => site.beacons.length === 2);
    await page.evaluate(`document.body.append(Object.assign(n.cloneNode(true), { id: 'copy' }))`);
    site.answer = number('77');
    await page.clock.runFor(aLittleLater);
    await shows(page, '(720) 555-0177');
    await shows(page, '(720) 555-0177', '#copy');
    await until(() => site.beacons.length === 3);
    await page.clock.runFor(1_000);
    await until(() => site.beacons.length === 4);
    assert.deepEqual(site.beacons[3]!.shown, ['+1 7205550177']);
    await page.clock.runFor(aLittleLater - 1_000);
    await until(() => site.beacons.length >= 5);
    assert.equal(site.beacons.length, 5);
    site.answer = () => ({ isOn: false });
    await page.clock.runFor(aLittleLater);
    await shows(page, own);
    await shows(page, own, '#copy');
  });
});

test('a copy of a number that stands for several becomes the first of them', async () => {
  const swaps = ['99', '88'].map((last) => [`+1 21255501${last}`, '+1 7205550111'] as const);
  const source = { id: 'TSOone', rules: [], swaps };
  const two = `${body}<p id="m">(212) 555-0188</p>`;
  await visit({ body: two, ...withClock, site: { config: { sources: [source] } } }, async ({ page }) => {
    await shows(page, ours);
    await shows(page, ours, '#m');
    await page.evaluate(`document.body.append(Object.assign(n.cloneNode(true), { id: 'copy' }))`);
    await page.evaluate('switchhook.restore()');
    assert.deepEqual(await page.evaluate('[n, m, copy].map((each) => each.textContent)'), [own, '(212) 555-0188', own]);
  });
});

const look = (page: Page, isHidden: boolean) =>
  page.evaluate(
    `Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true });
     document.dispatchEvent(new Event('visibilitychange'))`,
  );

test('who looks again asks at once, although the time has not come', async () => {
  await visit({ body, ...withClock }, async ({ page, site }) => {
    await until(() => site.beacons.length === 1);
    await look(page, true);
    site.answer = () => ({ isOn: false });
    await page.clock.runFor(10_000);
    assert.equal(site.beacons.length, 1);
    await look(page, false);
    await shows(page, own);
    assert.equal(site.beacons.length, 2);
    await page.clock.runFor(aLittleLater);
    await until(() => site.beacons.length === 3);
  });
});

test('a tab that is looked at while its page still loads stays as the server sent it', async () => {
  const slow = `<script defer src="/slow.js"></script>
    <script>
      const timer = setInterval(() => {
        if (!window.switchhook) return;
        clearInterval(timer);
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
      }, 10);
    </script>`;
  serverOf().files['/slow.js'] = { text: 'window.found = [n.textContent, !!window.switchhook];', afterMs: 2_000 };
  await visit({ body: body + slow }, async ({ page }) => {
    await shows(page, ours);
    assert.deepEqual(await page.evaluate('found'), [own, true]);
  });
});

test('an answer that another has overtaken changes nothing', async () => {
  const answer: Site['answer'] = ({ kind }) => ({ isOn: kind === 'page' });
  await visit({ body, ...withClock, site: { answer, answerAfterMs: 3_000 } }, async ({ page, site }) => {
    await shows(page, ours);
    await until(() => site.kinds.size > 0);
    site.answerAfterMs = 0;
    await page.clock.runFor(aLittleLater);
    await shows(page, own);
    await until(() => site.beacons.length === 2);
    assert.deepEqual(
      site.beacons.map(({ kind }) => kind),
      ['live', 'page'],
    );
    await page.clock.runFor(1_000);
    assert.equal(await page.textContent('#n'), own);
  });
});

test('who says again that they agree is not one page more', async () => {
  const head =
    '<script>window.switchhook = window.switchhook || []; addEventListener("load", () => switchhook.push((it) => it.consent(true)));</script>';
  await visit({ body, head, site: { config: { storage: 'consent' } } }, async ({ page, site, addressOf }) => {
    await until(() => site.beacons.length > 0);
    await page.goto(addressOf('next'));
    await until(() => site.beacons.filter(({ page }) => page.endsWith('next')).length >= 2);
    assert.equal(site.beacons.filter(({ kind }) => kind === 'page').length, 2);
  });
});

test('a pool’s number comes with the answer to the first beacon', async () => {
  const pool: SiteSource = { id: 'TSOpool', rules: [], isPool: true, swaps: [] };
  const answer = () => ({ isOn: true as const, swaps: [['+1 2125550199', '+1 7205550166']] as const });
  await visit({ body, ...withClock, site: { answer, config: { sources: [pool] } } }, async ({ page, site }) => {
    await shows(page, '(720) 555-0166');
    assert.equal(site.beacons[0]!.kind, 'page');
    assert.deepEqual(site.beacons[0]!.shown, []);
    // That it stands there is told at once, and once.
    await page.clock.runFor(1_000);
    await until(() => site.beacons.length === 2);
    assert.equal(site.beacons[1]!.kind, 'live');
    assert.deepEqual(site.beacons[1]!.shown, ['+1 7205550166']);
    await page.clock.runFor(aLittleLater - 1_000);
    await until(() => site.beacons.length >= 3);
    assert.equal(site.beacons.length, 3);
  });
});

test('a number that nobody sees, or that stays as it is, is not told as shown', async () => {
  const unseen = `
    <script type="application/ld+json">{"telephone":"${own}"}</script><noscript>${own}</noscript>
    <input title="${own}"><textarea>${own}</textarea><p contenteditable>${own}</p>`;
  await visit({ body: unseen, ...withClock }, async ({ page, site }) => {
    await until(() => site.beacons.length === 1);
    await page.evaluate(`document.title = '${own}'`);
    await page.clock.runFor(aLittleLater);
    await until(() => site.beacons.length === 2);
    for (const { shown } of site.beacons) assert.deepEqual(shown, []);
  });
});

test('beacons are plain texts from another origin, without anybody’s cookies', async () => {
  await visit({ body }, async ({ context, page, site, addressOf }) => {
    await context.addCookies([{ name: 'session', value: 'secret', url: addressOf('', 'numbers.example') }]);
    await page.reload();
    await until(() => site.beacons.length === 2);
    assert.deepEqual([...site.kinds], ['POST text/plain;charset=UTF-8 without cookies']);
  });
});

test('a pressed link says which number; others say nothing', async () => {
  const links = `
    <a id="a" href="tel:+12125550199"><b><i>Call</i></b></a>
    <a id="b" href="tel:+12125550188">Fax</a>
    <div id="s"></div>
    <script>
      addEventListener('click', (event) => event.preventDefault());
      s.attachShadow({ mode: 'open' }).innerHTML = '<a href="tel:(212) 555-0199"><b id="c">Call</b></a>';
    </script>`;
  await visit({ body: body + links }, async ({ page, site }) => {
    await shows(page, ours);
    await until(() => site.beacons.length === 1);
    await page.click('#b');
    await page.click('#n');
    await page.click('#a i');
    await page.click('#c');
    await until(() => site.beacons.length === 3);
    for (const beacon of site.beacons.slice(1)) {
      assert.equal(beacon.kind, 'dial');
      assert.deepEqual(beacon.shown, ['+1 7205550111']);
    }
  });
});

test('pages of an application that never loads one', async () => {
  const app = `${body}
    <a id="go" href="/contact">Contact</a>
    <script>
      const draw = () => { n.innerHTML = location.pathname.endsWith('contact') ? 'Call <b>212</b>.555.0199' : '${own}'; };
      go.onclick = (event) => { event.preventDefault(); history.pushState({}, '', location.pathname + 'contact'); setTimeout(draw, 30); };
      onpopstate = draw;
    </script>`;
  await visit({ body: app }, async ({ page, site, complaints }) => {
    await shows(page, ours);
    await until(() => site.beacons.length === 1);
    await page.click('#go');
    await shows(page, 'Call 720.555.0111');
    await until(() => site.beacons.length === 2);
    await page.goBack();
    await shows(page, ours);
    await until(() => site.beacons.length === 3);
    assert.deepEqual(
      site.beacons.map(({ kind, page }) => [kind, page.endsWith('contact')]),
      [
        ['page', false],
        ['page', true],
        ['page', false],
      ],
    );
    assert.equal(new Set(site.beacons.map(({ landing }) => landing)).size, 1);
    assert.deepEqual(complaints, []);
  });
});

describe('window.switchhook', () => {
  test('tells who it is about and what happens', async () => {
    const head = `<script>
        window.heard = [];
        window.switchhook = window.switchhook || [];
        switchhook.push((it) => {
          for (const name of ['ready', 'swap', 'restore']) it.on(name, () => heard.push(name + ' ' + it.source));
        });
      </script>`;
    await visit({ body, head }, async ({ page, site }) => {
      await shows(page, ours);
      await until(() => site.beacons.length > 0);
      await page.evaluate('switchhook.restore()');
      await page.evaluate('switchhook.restore()');
      await shows(page, own);
      await page.evaluate('switchhook.swap()');
      await shows(page, ours);
      assert.deepEqual(await page.evaluate('heard'), [
        'ready TSOeverybody',
        'swap TSOeverybody',
        'restore TSOeverybody',
        'swap TSOeverybody',
      ]);
      const { visitor, visit: id } = site.beacons[0]!;
      assert.deepEqual(await page.evaluate('[switchhook.visitor, switchhook.visit, switchhook.source]'), [
        visitor,
        id,
        'TSOeverybody',
      ]);
      assert.equal(
        await page.evaluate('new Promise((done) => switchhook.push((it) => done(it === switchhook)))'),
        true,
      );
    });
  });

  test('looks where it is told: into a closed shadow root, and there from then on', async () => {
    const closed = `<div id="host"></div><script>
        window.shut = host.attachShadow({ mode: 'closed' });
        window.shut.innerHTML = '<p>212-555-0199</p>';
      </script>`;
    await visit({ body: body + closed }, async ({ page }) => {
      await shows(page, ours);
      assert.equal(await page.evaluate('shut.textContent'), '212-555-0199');
      await page.evaluate('switchhook.swap(shut)');
      assert.equal(await page.evaluate('shut.textContent'), '720-555-0111');
      await page.evaluate(`shut.innerHTML = '<p>212.555.0199</p>'`);
      await until(async () => (await page.evaluate('shut.textContent')) === '720.555.0111');
      await page.evaluate('switchhook.restore()');
      assert.equal(await page.evaluate('shut.textContent'), '212.555.0199', 'put back there as well');
    });
  });

  test('looks where it was told before the page was there', async () => {
    const head = '<script>window.switchhook = window.switchhook || [];</script>';
    const closed = `<div id="host"></div><script>
        window.shut = host.attachShadow({ mode: 'closed' });
        window.shut.innerHTML = '<p>212-555-0199</p>';
        switchhook.push((it) => it.swap(shut.firstChild));
      </script>`;
    await visit({ body: body + closed, head }, async ({ page, complaints }) => {
      await until(async () => (await page.evaluate('shut.textContent')) === '720-555-0111');
      assert.deepEqual(complaints, []);
    });
  });

  test('is the only name that is added to a page', async () => {
    const head = '<script>window.namesBefore = new Set(Object.getOwnPropertyNames(window));</script>';
    await visit({ body, head }, async ({ page }) => {
      await shows(page, ours);
      const added = await page.evaluate<string[]>(
        `Object.getOwnPropertyNames(window).filter((name) => !namesBefore.has(name) && name !== 'namesBefore')`,
      );
      assert.deepEqual(
        added.filter((name) => !/^(?:n|__playwright.*)$/.test(name)),
        ['switchhook'],
      );
    });
  });
});
