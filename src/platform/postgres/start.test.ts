import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import pg from 'pg';
import { systemBinaries } from './findBinaries.ts';
import { isAlive, serverProcesses } from './findProcess.ts';
import { StartRefused } from './refuse.ts';
import { type PostgresServer, startEmbeddedPostgres, startSystemPostgres } from './start.ts';

const onLinux = process.platform === 'linux';
const patient = { timeout: 120_000, interval: 20 };

/** Below a folder that only its owner may enter, with a space: as somebody's clone may lie. */
const privateDir = mkdtempSync(join(tmpdir(), 'switchhook private-'));
const dataDir = join(privateDir, 'some data');
const openDir = mkdtempSync(join(tmpdir(), 'switchhook-open-'));
chmodSync(openDir, 0o755);
after(() => {
  for (const dir of [privateDir, openDir]) rmSync(dir, { recursive: true, force: true });
});

function start(dir = dataDir): Promise<PostgresServer> {
  return startEmbeddedPostgres({ dataDir: dir, note: () => {} });
}

/** A folder for PATH in which only these programs are found. */
function pathWith(programs: string[]): string {
  const dir = mkdtempSync(join(openDir, 'path-'));
  chmodSync(dir, 0o755);
  for (const program of programs) {
    const found = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'].map((bin) => join(bin, program)).find(existsSync);
    if (found) symlinkSync(found, join(dir, program));
  }
  return dir;
}

async function ask<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

describe('the embedded server', () => {
  let url = '';

  before(async () => {
    const server = await start();
    url = server.url;
    await ask(url, 'create table kept (number integer primary key)');
    await server.stop();
    assert.deepEqual(serverProcesses(server.dataDir), []);
  });

  test('keeps its data, its port and its password', async () => {
    const server = await start();
    try {
      assert.equal(server.url, url);
      assert.deepEqual(await ask(url, 'select * from kept'), []);
    } finally {
      await server.stop();
    }
  });

  test('speaks Unicode, sorts by bytes, and lives in UTC', async () => {
    const server = await start();
    try {
      const [row] = await ask(
        url,
        `select lower('ÄÉ') as lower, 'a' < 'B' as ignores_case,
                current_setting('timezone') as zone, current_setting('server_encoding') as encoding`,
      );
      assert.deepEqual(row, { lower: 'äé', ignores_case: false, zone: 'UTC', encoding: 'UTF8' });
    } finally {
      await server.stop();
    }
  });

  test('keeps the password where only its owner reads it', { skip: process.platform === 'win32' }, () => {
    assert.equal(statSync(join(dataDir, 'postgres.json')).mode & 0o777, 0o600);
    assert.equal(statSync(join(dataDir, 'postgres')).mode & 0o777, 0o700);
  });

  test('lets nobody in without the password', async () => {
    const server = await start();
    try {
      const stranger = new URL(url);
      stranger.password = 'guessed';
      await assert.rejects(ask(stranger.href, 'select 1'), /password authentication failed/);
    } finally {
      await server.stop();
    }
  });

  test('that lives already is adopted, not started twice', async () => {
    const first = await start();
    const second = await start();
    assert.equal(second.pid, first.pid);
    await second.stop();
    await first.ended;
    assert.deepEqual(serverProcesses(first.dataDir), []);
  });

  test('loses no acknowledged row to a kill -9', async () => {
    const server = await start();
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    let acknowledged = 0;
    await assert.rejects(async () => {
      for (;;) {
        await client.query('insert into kept values ($1)', [acknowledged + 1]);
        acknowledged += 1;
        if (acknowledged === 100) for (const pid of serverProcesses(server.dataDir)) process.kill(pid, 'SIGKILL');
      }
    });
    await server.ended;

    const again = await start();
    try {
      assert.equal(again.url, url);
      const [row] = await ask<{ count: number }>(url, 'select count(*)::integer as count from kept');
      assert.ok(row!.count >= acknowledged, `${row!.count} of ${acknowledged} rows`);
    } finally {
      await again.stop();
    }
  });

  for (const programs of [['unshare', 'setpriv'], ['unshare']]) {
    test(`goes when the Node that started it is killed, with ${programs.join(' and ')}`, {
      skip: !onLinux,
    }, async (t) => {
      const { pid } = await startInAnotherNode(t, pathWith(programs));
      const next = await start();
      try {
        assert.notEqual(next.pid, pid);
      } finally {
        await next.stop();
      }
      assert.deepEqual(serverProcesses(next.dataDir), []);
    });
  }

  test("is not kept from starting by a stranger that has got the old server's number", async () => {
    writeFileSync(
      join(dataDir, 'postgres/postmaster.pid'),
      `${process.pid}\n${join(dataDir, 'postgres')}\n1\n5432\n\n127.0.0.1\n1\nready\n`,
    );
    const server = await start();
    await server.stop();
  });

  test('takes another port when its own is taken', async () => {
    const port = Number(new URL(url).port);
    const { createServer } = await import('node:net');
    const intruder = createServer().listen(port, '127.0.0.1');
    const server = await start();
    try {
      assert.notEqual(new URL(server.url).port, String(port));
      assert.deepEqual(await ask(server.url, 'select 1 as one'), [{ one: 1 }]);
    } finally {
      await server.stop();
      intruder.close();
    }
  });

  /** Starts the server from a Node process of its own, and kills that one as soon as the server serves. */
  async function startInAnotherNode(t: TestContext, path: string): Promise<{ pid: number }> {
    const script = `
      import { startEmbeddedPostgres } from ${JSON.stringify(import.meta.resolve('./start.ts'))};
      const { pid } = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, note() {} });
      console.log(pid);
    `;
    const node = spawn(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', script],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, PATH: path } },
    );
    const output: string[] = [];
    node.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
    await t.waitFor(() => assert.match(output.join(''), /\d+\n/), patient);
    const pid = Number(output.join(''));
    assert.ok(isAlive(pid));
    node.kill('SIGKILL');
    return { pid };
  }
});

describe('a data folder that can not be used', () => {
  let number = 0;
  const folder = () => {
    number += 1;
    return join(privateDir, `unusable ${number}`);
  };
  const refuses = (dir: string, sentence: RegExp) =>
    assert.rejects(start(dir), (error) => {
      assert.ok(error instanceof StartRefused, String(error));
      assert.match(error.message, sentence);
      assert.ok(error.message.includes(dir));
      return true;
    });

  test('a file', async () => {
    const dir = folder();
    writeFileSync(dir, '');
    await refuses(dir, /is a file, or lies below one/);
    assert.equal(readFileSync(dir, 'utf8'), '');
  });

  test('below a file', async () => {
    const dir = folder();
    writeFileSync(dir, '');
    await refuses(join(dir, 'data'), /is a file, or lies below one/);
  });

  test('where none can be made', { skip: !onLinux }, async () => {
    await refuses('/proc/switchhook', /can not be made where it should be/);
  });

  test('with something else in the place of the database', async () => {
    const dir = folder();
    mkdirSync(join(dir, 'postgres'), { recursive: true });
    writeFileSync(join(dir, 'postgres/diary.txt'), 'dear');
    await refuses(dir, /is not a PostgreSQL data folder/);
    assert.equal(readFileSync(join(dir, 'postgres/diary.txt'), 'utf8'), 'dear');
  });

  test('of another major version', async () => {
    const dir = folder();
    mkdirSync(join(dir, 'postgres'), { recursive: true });
    writeFileSync(join(dir, 'postgres/PG_VERSION'), '14\n');
    await refuses(dir, /was made by PostgreSQL 14, and this is PostgreSQL 18/);
  });

  test('whose password is lost', async () => {
    const dir = folder();
    mkdirSync(join(dir, 'postgres'), { recursive: true });
    writeFileSync(join(dir, 'postgres/PG_VERSION'), '18\n');
    await refuses(dir, /postgres\.json, which holds the password .* is missing/);
  });
});

describe('a root without user namespaces', { skip: process.getuid?.() !== 0 || !onLinux }, () => {
  const path = process.env.PATH;
  before(() => {
    process.env.PATH = pathWith(['id', 'setpriv']);
  });
  after(() => {
    process.env.PATH = path;
  });

  test('runs the server as nobody', async () => {
    const options = { dataDir: join(openDir, 'data'), note: () => {}, publicDir: join(openDir, 'public') };
    const server = await startEmbeddedPostgres(options);
    await server.stop();
    assert.equal(server.dataDir, join(openDir, 'data/postgres'));
    assert.notEqual(statSync(server.dataDir).uid, 0);
    assert.equal(statSync(server.dataDir).mode & 0o777, 0o700);

    process.env.PATH = path;
    await (await startEmbeddedPostgres(options)).stop();
  });

  test('says where the data is when nobody can enter the data folder', async () => {
    process.env.PATH = pathWith(['id', 'setpriv']);
    const said: string[] = [];
    const options = {
      dataDir: join(privateDir, 'closed'),
      note: (line: string) => said.push(line),
      publicDir: join(openDir, 'public'),
    };
    const server = await startEmbeddedPostgres(options);
    await server.stop();
    assert.ok(server.dataDir.startsWith(options.publicDir));
    assert.ok(said[0]?.endsWith(`can't enter ${options.dataDir}: the database lies in ${server.dataDir}.`), said[0]);

    const again = await startEmbeddedPostgres(options);
    await again.stop();
    assert.equal(again.url, server.url);

    rmSync(server.dataDir, { recursive: true });
    await assert.rejects(startEmbeddedPostgres(options), /which is gone\. Bring it back/);
  });
});

const system = systemBinaries();
test("this machine's own PostgreSQL starts the same way", { skip: system === null }, async () => {
  const dir = join(privateDir, 'own');
  const server = await startSystemPostgres(system!, { dataDir: dir, durable: false, note: () => {} });
  try {
    const [row] = await ask<{ version: string }>(server.url, "select current_setting('server_version') as version");
    assert.equal(Number.parseInt(row!.version, 10), system!.major);
  } finally {
    await server.stop();
  }
  assert.deepEqual(serverProcesses(server.dataDir), []);
});
