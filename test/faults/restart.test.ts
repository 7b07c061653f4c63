import assert from 'node:assert/strict';
import { Agent, get, type IncomingMessage } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { demoSignIns } from '../../db/demo.ts';
import { type Product, startProduct, until } from './startProduct.ts';

/*
 * A rolling restart of the whole product while people use it: whoever asks is answered, whatever process answers. The
 * clients have no second try, so a refused or broken connection fails the test.
 */

let product: Product;
const shop = demoSignIns.find((each) => each.role === 'Administrator')!;

before(async () => {
  product = await startProduct();
  await product.signIn(shop.email, shop.password);
});
after(() => product?.stop());

interface Asked {
  count: number;
  wrong: string[];
  /** Answers that sent their client on to a new connection. */
  sentOn: number;
}

/** Below the limit of requests for one address. */
const paceMs = 150;

/** Asks for an address again and again over one kind of connection until it is told to stop. */
function hammer(path: string, keepAlive: boolean): { asked: Asked; stop(): Promise<void> } {
  const agent = new Agent({ keepAlive, maxSockets: 1 });
  const asked: Asked = { count: 0, wrong: [], sentOn: 0 };
  let stopping = false;
  const done = (async () => {
    while (!stopping) {
      try {
        const response = await new Promise<IncomingMessage>((resolve, reject) => {
          get(product.url + path, { agent, headers: { cookie: product.cookie() } }, resolve).on('error', reject);
        });
        let bytes = 0;
        for await (const chunk of response) bytes += (chunk as Buffer).length;
        asked.count += 1;
        if (keepAlive && response.headers.connection === 'close') asked.sentOn += 1;
        if (response.statusCode !== 200 || bytes === 0) asked.wrong.push(`${path}: ${response.statusCode}`);
      } catch (error) {
        asked.wrong.push(`${path}: ${error}`);
      }
      await delay(paceMs);
    }
  })();
  return {
    asked,
    async stop() {
      stopping = true;
      await done;
      agent.destroy();
    },
  };
}

const processes = () => [...product.pidsOf('web'), ...product.pidsOf('worker')];

describe('a rolling restart', () => {
  test('answers everybody, finishes what is slow, and ends in new processes', async () => {
    const [row] = await product.query<{ account_id: string }>(
      "select account_id from account where name = 'Anchor Plumbing'",
    );
    const page = `/accounts/${row!.account_id}/numbers`;
    const clients = [page, '/health'].flatMap((path) => [hammer(path, true), hammer(path, false)]);
    const totals = () => clients.map(({ asked }) => asked.count);
    const stream = await openStream(`/accounts/${row!.account_id}/live`);

    const first = processes();
    assert.equal(first.length, 2);
    // Waits for the account's row until the old process takes nothing new any more.
    const lock = new pg.Client({ connectionString: product.databaseUrl() });
    await lock.connect();
    await lock.query('begin');
    await lock.query('select from account where account_id = $1 for update', [row!.account_id]);
    const restarted = product.restart();
    // A statement waits for 30 s at most: it begins to when the next process is on its way.
    await until('the next web process', async () => product.pidsOf('web').length > 1);
    const slow = product.askOnce('POST', `/api/v1/accounts/${row!.account_id}/switches/pause`, {});
    await stream.ended;
    assert.ok(
      clients.some(({ asked }) => asked.sentOn > 0),
      'clients that kept their connection were sent on',
    );
    await lock.query('rollback');
    await lock.end();
    assert.equal((await slow)?.status, 200);
    assert.equal(await restarted, null);
    const second = processes();

    const before = totals();
    assert.equal(await product.restart(), null);
    const third = processes();
    await Promise.all(clients.map((client) => client.stop()));

    assert.deepEqual(
      clients.flatMap(({ asked }) => asked.wrong),
      [],
    );
    for (const [index, count] of totals().entries()) assert.ok(count > before[index]!, 'each asked all the time');
    assert.equal(new Set([...first, ...second, ...third]).size, 6);
  });

  test('leaves the old processes when new ones can not start, and says why', async () => {
    const old = processes();
    const client = hammer('/health', true);
    // Both are needed at the start; those that serve already do without for a while.
    await product.query('alter schema simulated_carrier rename to simulated_carrier_away');
    assert.match(
      (await product.restart()) ?? '',
      /^Not restarted\. The new web process could not start, so the old one stays\. /,
    );
    await product.query('alter schema simulated_carrier_away rename to simulated_carrier');
    await product.query("delete from migration where name like '0001%'");
    assert.match(
      (await product.restart()) ?? '',
      /^Not restarted\. The migration 0001\S+ failed, and nothing of it was kept/,
    );
    await product.query("insert into migration (name) values ('0001_house.sql')");
    assert.deepEqual(processes(), old);
    assert.equal(await product.restart(), null);
    await client.stop();
    assert.deepEqual(client.asked.wrong, []);
    assert.ok(processes().every((pid) => !old.includes(pid)));
  });
});

/** A page that listens; `ended` is when the server lets it go, as it must for the page to come back to another. */
async function openStream(path: string): Promise<{ ended: Promise<void> }> {
  const response = await fetch(product.url + path, { headers: { cookie: product.cookie() } });
  assert.equal(response.status, 200);
  return { ended: response.text().then(() => {}) };
}
