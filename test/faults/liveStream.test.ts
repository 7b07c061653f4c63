import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import { buildApp } from '../../src/app.ts';
import { openWorld, password } from '../world.ts';
import { until } from './startProduct.ts';

test('who has gone before their stream began leaves nothing behind', async () => {
  const world = await openWorld();
  let watching = 0;
  let begun = 0;
  const live = {
    watch() {
      begun += 1;
      watching += 1;
      return () => {
        watching -= 1;
      };
    },
    stop: async () => {},
  };
  const app = await buildApp(world.house, live);
  try {
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const entered = await app.inject({
      method: 'POST',
      url: '/api/v1/session',
      payload: { email: world.cast.shopOwner.email, password },
    });
    const cookie = entered.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');

    // The door is slow: the account can't be read until the lock is given up.
    const lock = await world.house.pool.connect();
    await lock.query('begin; lock table account in access exclusive mode');
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET /accounts/${world.shopId}/live HTTP/1.1\r\nhost: localhost\r\ncookie: ${cookie}\r\n\r\n`);
    await until('the door waits', async () => {
      const { rows } = await lock.query('select from pg_locks where not granted');
      return rows.length > 0 || null;
    });
    socket.destroy();
    await until(
      'the connection is gone',
      async () =>
        new Promise<true | null>((resolve) => app.server.getConnections((_, count) => resolve(count === 0 || null))),
    );
    await lock.query('rollback');
    lock.release();
    await until('the stream began', async () => begun > 0 || null);
    await until('and ended', async () => watching === 0 || null);
  } finally {
    await app.close();
  }
});
