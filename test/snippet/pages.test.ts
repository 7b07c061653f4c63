import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixtures } from './pages.ts';
import { settled, until, visit } from './visit.ts';

interface Watched {
  own: string;
  shifts: number[];
}

for (const { name, changes, ...page } of fixtures)
  test(`swapped and put back: ${name}`, async () => {
    await visit(page, async ({ page, site, complaints, addressOf }) => {
      if (name.startsWith('frames')) await page.evaluate(`document.querySelector('#framed').src = '${addressOf()}'`);
      await settled(page);
      // Looking again changes nothing.
      await page.evaluate('switchhook.swap()');
      await settled(page);
      for (const frame of page.frames().slice(1))
        assert.equal(await frame.evaluate(`/720/.test(document.body.textContent)`), false);
      const { own, shifts } = await page.evaluate<Watched>('watched');
      if (!changes) assert.deepEqual(shifts, []);
      await until(() => site.beacons.length > 0);
      assert.ok(site.beacons.every(({ source }) => source === 'TSOeverybody'));
      await page.evaluate('switchhook.restore()');
      if (!changes) assert.equal(await page.evaluate('document.documentElement.outerHTML'), own);
      assert.equal(await page.evaluate('watched.isShown()'), false, 'all is put back');
      assert.deepEqual(complaints, []);
    });
  });
