import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { ensureBrowser } from '../../bin/ensureBrowser.ts';
import type { SiteConfig } from '../../src/rules/swapping.ts';
import { wrapScript } from '../../src/swapping/script.ts';
import { buildAssets } from '../../src/web/buildAssets.ts';
import { launchBrowser } from '../../test/pages/browser.ts';
import { type Case, median, type Sides } from '../compare.ts';

const nodes = 5_000;
const numbers = 20;

const config: SiteConfig = {
  version: '1',
  siteId: 1,
  cookieDays: 30,
  storage: 'cookie',
  respectsSignals: true,
  sources: [
    { id: 'TSOads', rules: [['landing', true, '^[^#]*[?&](?:gclid)=[^&#]']], swaps: [] },
    {
      id: 'TSOdirect',
      rules: [],
      swaps: [
        ['+1 2125550199', '+1 7205550111'],
        ['+1 2125550188', '+1 7205550122'],
        ['+1 2125550177', '+1 7205550133'],
      ],
    },
  ],
};

export const snippetPage: Case = {
  name: 'snippet-page',
  ours: `a browser shows a page of ${nodes} nodes whose ${numbers} numbers our script swaps: all that its main thread does`,
  floor: 'the same page alone',
  unit: 'ms',
  better: 'lower',
  aim: 1.75,
  async open(): Promise<Sides> {
    await buildAssets();
    process.env.CHROMIUM_PATH = await ensureBrowser();
    const server = createServer((request, response) => {
      const say = (type: string, body: string) =>
        response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(body);
      if (request.url === '/1/t.js') return say('text/javascript', wrapScript(config));
      if (request.url === '/1/visit') return say('application/json', '{"isOn":true}');
      return say('text/html', writePage(request.url === '/ours'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const browser = await launchBrowser();
    const scriptMs: number[] = [];

    const look = (path: string, shown: string) => async () => {
      const page = await browser.newPage();
      try {
        const session = await page.context().newCDPSession(page);
        // The thread's own time: what else the machine does meanwhile is not in it.
        await session.send('Performance.enable', { timeDomain: 'threadTicks' });
        await page.goto(`http://127.0.0.1:${port}/${path}`);
        await settle(page);
        const { metrics } = await session.send('Performance.getMetrics');
        const ms = (name: string) => metrics.find((metric) => metric.name === name)!.value * 1_000;
        assert.equal(await page.textContent('#last'), shown);
        if (path === 'ours') scriptMs.push(ms('ScriptDuration'));
        return { value: ms('TaskDuration') };
      } finally {
        await page.close();
      }
    };
    return {
      ours: look('ours', '(720) 555-0111'),
      floor: look('alone', '(212) 555-0199'),
      note: () => `of which script: ${median(scriptMs.slice(1)).toFixed(1)} ms`,
      async close() {
        await browser.close();
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  },
};

/** Painted, and whatever was planned for the next moments done. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(
    'new Promise((done) => requestAnimationFrame(() => setTimeout(() => requestIdleCallback(done), 100)))',
  );
}

/** Text, lists, links and tables, as a page of a business has them; every 250th element has a number. */
function writePage(hasScript: boolean): string {
  const parts: string[] = [];
  // Each part: a div, a span and two texts, and a link with its text.
  for (let part = 0; part * 6 < nodes; part += 1) {
    const number = part % Math.floor(nodes / 6 / numbers) === 0;
    parts.push(
      `<div class="part">Part ${part} of what we do, since 1987 <a href="/p/${part}">${
        number ? '212-555-0188' : 'and how'
      }</a> <span${part % 10 === 0 ? ` title="No. ${part}"` : ''}>some words more</span></div>`,
    );
  }
  const tag = hasScript ? '<script async src="/1/t.js"></script>' : '';
  return `<!doctype html><meta charset="utf-8"><title>Page</title>${tag}<link rel="icon" href="data:,"><body>${parts.join(
    '\n',
  )}<a id="last" href="tel:+12125550199">(212) 555-0199</a>`;
}
