import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type ServedWorld, serveWorld } from './product.ts';

let served: ServedWorld;
before(async () => {
  served = await serveWorld();
});

test('a visit that is given up while its body arrives is no error', async () => {
  const page = await served.open();
  // The harness fails a test at any error of a page; here they are counted.
  page.removeAllListeners('pageerror');
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await served.signIn(page, served.world.cast.shopOwner);
  const outcome = await page.evaluate(
    (address) =>
      new Promise((resolve) => {
        // Said last, so that every other listener of the same event has been told before.
        window.addEventListener('unhandledrejection', (event) =>
          setTimeout(() => resolve(`${event.reason?.name}, ${event.defaultPrevented ? 'expected' : 'an error'}`)),
        );
        document.addEventListener('turbo:before-fetch-response', () =>
          (window as unknown as PageWithTurbo).Turbo.navigator.stop(),
        );
        (window as unknown as PageWithTurbo).Turbo.visit(address);
      }),
    `/accounts/${served.world.shopId}/calls`,
  );
  assert.equal(outcome, 'AbortError, expected');
  assert.deepEqual(errors, []);
});

/** What Turbo puts on the page's window. */
interface PageWithTurbo {
  Turbo: { visit(address: string): void; navigator: { stop(): void } };
}
