import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import pg from 'pg';
import { loadDemo } from '../../db/demo.ts';
import { leftOutOfBackups } from '../../src/auth/store.ts';
import type { Manifest } from '../../src/platform/backup/describe.ts';
import { type Entry, pack } from '../../src/platform/backup/pack.ts';
import { checkBackup } from '../../src/platform/backup/read.ts';
import { restoreBackup } from '../../src/platform/backup/restore.ts';
import { unpack } from '../../src/platform/backup/unpack.ts';
import { writeBackup } from '../../src/platform/backup/write.ts';
import { keepRecord, listMigrations, migrate, runMigration } from '../../src/platform/migrate.ts';
import { seed } from '../histories/history.ts';
import { atEnd, openDatabase } from '../world.ts';
import { digest, runCommand, startCommand } from './runCommand.ts';
import { until } from './startProduct.ts';

/* Backup → destroy → restore → the same, over DATABASE_URL: on the embedded server here, on the machine's own in its stage. */

const folder = mkdtempSync(join(tmpdir(), 'switchhook-backup-'));
atEnd(async () => rmSync(folder, { recursive: true, force: true }));
const file = (name: string): string => join(folder, name);
const archive = file('quiet.tar.gz');
const settings = (databaseUrl: string) => ({ DATABASE_URL: databaseUrl, DATA_DIR: file('data') });
const restore = (databaseUrl: string, path: string, ...flags: string[]) =>
  runCommand(['restore', path, ...flags], settings(databaseUrl));

let source: string;
let target: string;

async function query<Row extends pg.QueryResultRow>(databaseUrl: string, text: string, values: unknown[] = []) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** Without what a backup leaves out. */
async function kept(databaseUrl: string): Promise<Record<string, string>> {
  const all = await digest(databaseUrl);
  for (const name of leftOutOfBackups) delete all[name.replace('public.', '')];
  return all;
}

before(async () => {
  source = await openDatabase('empty');
  target = await openDatabase('empty');
  await migrate(source);
  await loadDemo(source);
  await query(
    source,
    `with someone as (select id from person order by id limit 1),
          signed_in as (insert into session select 's', id, 'open sesame', now() + '1 day', null, null, now(), now() from someone)
     insert into verification values ('v', 'reset', 'a one-time code', now() + '1 day', now(), now())`,
  );
});

/** Calls with their first event, each pair in one transaction, numbered without a gap; until told to stop. */
function keepWriting(writer: string): { written: () => number; stop: () => Promise<void> } {
  let written = 0;
  let stopping = false;
  const client = new pg.Client({ connectionString: source });
  const done = (async () => {
    await client.connect();
    while (!stopping) {
      await client.query(
        `with n as (select * from tracking_number order by account_id, tracking_number_id limit 1),
              c as (insert into call (account_id, payer_id, sid, carrier_call_sid, tracking_number_id, caller_number, called_at, status)
                    select account_id, account_id, $1, $1, tracking_number_id, '+12125550177', now(), 'ringing' from n
                    returning account_id, call_id)
         insert into call_event select account_id, call_id, 'caller', 0, 'ringing', now(), null from c`,
        [`${writer} ${written + 1}`],
      );
      written += 1;
    }
    await client.end();
  })();
  return {
    written: () => written,
    stop: () => {
      stopping = true;
      return done;
    },
  };
}

test('one moment of a system at work: everything of it, and nothing after it', async () => {
  const writers = ['one', 'two'].map(keepWriting);
  await until('the first calls', async () => writers.every((each) => each.written() > 5));
  const atFirst = writers.map((each) => each.written());
  const { code, said } = await runCommand(['backup', file('busy.tar.gz')], settings(source));
  assert.equal(code, 0, said);
  const atLast = writers.map((each) => each.written());
  for (const each of writers) await each.stop();
  assert.equal(statSync(file('busy.tar.gz')).mode & 0o777, 0o600);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith('.partial')),
    [],
  );

  const restored = await restore(target, file('busy.tar.gz'));
  assert.equal(restored.code, 0, restored.said);
  for (const [index, writer] of ['one', 'two'].entries()) {
    const [row] = await query<{ calls: number; last: number }>(
      target,
      "select count(*)::int as calls, max(split_part(sid, ' ', 2)::int) as last from call where sid like $1 || ' %'",
      [writer],
    );
    assert.equal(row!.calls, row!.last, 'no gap');
    assert.ok(row!.calls >= atFirst[index]! && row!.calls <= atLast[index]!);
    assert.ok(atLast[index]! > atFirst[index]!, 'it wrote during the backup');
    // What came after the snapshot leaves the source, which then is what the snapshot saw.
    await query(
      source,
      `with late as (select account_id, call_id from call where sid like $1 || ' %' and split_part(sid, ' ', 2)::int > $2),
            events as (delete from call_event e using late l where e.account_id = l.account_id and e.call_id = l.call_id)
       delete from call c using late l where c.account_id = l.account_id and c.call_id = l.call_id`,
      [writer, row!.last],
    );
  }
  const [now, then] = [await kept(target), await kept(source)];
  // A sequence is ahead of the snapshot by as much as was written while it was read.
  for (const each of [now, then]) delete each.call_call_id_seq;
  assert.deepEqual(now, then);
});

test('backup → destroy → restore → the same, down to the sequences; sign-ins and one-time codes stay behind', async () => {
  const expected = await kept(source);
  await writeBackup(source, { path: archive, leftOut: leftOutOfBackups });
  assert.ok(!readAll(archive).includes('open sesame') && !readAll(archive).includes('a one-time code'));
  const restored = await restore(target, archive, '--replace');
  assert.equal(restored.code, 0, restored.said);
  assert.match(restored.said, /Replacing the Switchhook in this database: \d+ tables with [\d,]+ rows/);
  assert.deepEqual(await kept(target), expected);
  assert.deepEqual(await query(target, 'select id from session union all select id from verification'), []);
  await query(target, "insert into agency (name, time_zone, created_at) values ('New', 'UTC', now())");
  assert.deepEqual(await migrate(target), []);
});

const readAll = (path: string): Buffer => gunzipSync(readFileSync(path));

describe('what is refused, with nothing touched', () => {
  let untouched: Record<string, string>;
  before(async () => {
    untouched = await digest(target);
  });
  const refuses = async (path: string, sentence: RegExp, flags = ['--replace']) => {
    const { code, said } = await restore(target, path, ...flags);
    assert.equal(code, 1, said);
    assert.match(said, sentence);
    assert.doesNotMatch(said, /\n\s+at /);
    assert.deepEqual(await digest(target), untouched);
  };
  const altered = (name: string, alter: (bytes: Buffer) => Buffer): string => {
    writeFileSync(file(name), alter(readFileSync(archive)));
    return file(name);
  };

  test('a database that holds something, until it is said', () => refuses(archive, /would destroy .* tables with/, []));

  test('a truncated archive', async () => {
    await refuses(
      altered('short', (bytes) => bytes.subarray(0, bytes.length >> 1)),
      /is broken off/,
    );
    for (const left of [1, 100, 5_000, 12]) {
      const path = altered('shorter', (bytes) => bytes);
      truncateSync(path, statSync(path).size - left);
      await assert.rejects(checkBackup(path), /is broken off|is damaged/);
    }
  });

  test('a flipped bit, wherever', async () => {
    const flip = (at: number) => (bytes: Buffer) => {
      bytes[at]! ^= 1 << (at % 8);
      return bytes;
    };
    await refuses(altered('flipped', flip(statSync(archive).size >> 1)), /is damaged|is broken off/);
    // Past gzip's own header, whose moment and system mean nothing.
    for (let round = 1; round <= 20; round += 1) {
      const at = 10 + ((seed * round) % (statSync(archive).size - 10));
      // What is torn in its first bytes can't even be told for a backup.
      const refused = /is damaged|is broken off|is not a backup of Switchhook/;
      await assert.rejects(checkBackup(altered('flipped', flip(at))), refused, `byte ${at}`);
    }
  });

  test('a value that was changed under a new gzip', async () => {
    const path = file('changed');
    const bytes = readAll(archive);
    bytes[bytes.indexOf('@demo.example')]! ^= 1;
    writeFileSync(path, gzipSync(bytes));
    await refuses(path, /is damaged/);
    // The load itself finds it too, should the file change after it was checked.
    await assert.rejects(restoreBackup(target, path, { replace: true, note: () => {} }), /is damaged/);
    assert.deepEqual(await digest(target), untouched);
  });

  test('a foreign file, a folder, none', async () => {
    writeFileSync(file('foreign'), 'pg_dump wrote this');
    writeFileSync(file('foreign.gz'), gzipSync(Buffer.alloc(9_999, 'pg_dump')));
    await refuses(file('foreign'), /is not a backup of Switchhook/);
    await assert.rejects(checkBackup(file('foreign.gz')), /is not a backup of Switchhook/);
    await assert.rejects(checkBackup(folder), /it is a folder/);
    await assert.rejects(checkBackup(file('none')), /there is no such file/);
  });

  test('an archive of a newer Switchhook', async () => {
    await repack(file('newer'), (manifest) => ({
      ...manifest,
      migrations: [...manifest.migrations, '9999_later.sql'],
    }));
    await refuses(file('newer'), /migration 9999_later.sql does not follow .* Update Switchhook/);
  });

  test('a database that somebody is connected to, or that is something else’s', async () => {
    const client = new pg.Client({ connectionString: target });
    await client.connect();
    await refuses(archive, /connected to this database/);
    await client.end();
    const foreign = await openDatabase('empty');
    await query(foreign, 'create table invoice (id int primary key)');
    const { code, said } = await restore(foreign, archive, '--replace');
    assert.equal(code, 1);
    assert.match(said, /something else \(public.invoice\)/);
  });
});

test('an older archive is restored into its own schema and then brought forward', async () => {
  const then = await openDatabase('empty');
  const [first, ...later] = await listMigrations();
  const client = new pg.Client({ connectionString: then });
  await client.connect();
  await keepRecord(client);
  await runMigration(client, first!);
  await client.query("insert into person values ('USR1', 'Ann', 'ann@example.com', false, null, now(), now())");
  await client.end();
  await writeBackup(then, { path: file('older'), leftOut: leftOutOfBackups });

  const today = await openDatabase('empty');
  const { code, said } = await restore(today, file('older'));
  assert.equal(code, 0, said);
  assert.match(said, new RegExp(`Brought to the newest form \\(${later.length} migration`));
  const restored = await digest(today);
  const people = 'select id, name, email, created_at from person';
  assert.deepEqual(await query(today, people), await query(then, people));
  assert.match(restored.migration!, new RegExp(`^${later.length + 1} `));
  assert.match(restored['simulated_carrier.settings']!, /^1 /);
});

test('kill -9 in the middle of a restore leaves what was there', async () => {
  const untouched = await digest(target);
  const database = new URL(target).pathname.slice(1);
  const admin = new pg.Client({ connectionString: process.env.TEST_DATABASE_URL });
  await admin.connect();
  const isLoading = async () => {
    const { rowCount } = await admin.query(
      "select from pg_stat_activity where datname = $1 and query ilike 'copy %call%' and state = 'active'",
      [database],
    );
    return rowCount! > 0;
  };
  const command = startCommand(['restore', archive, '--replace'], settings(target));
  while (command.process.exitCode === null && !(await isLoading()));
  command.process.kill('SIGKILL');
  const { said } = await command.ended;
  assert.match(said, /Replacing/);
  assert.doesNotMatch(said, /Restored/);
  await until('the end of its connection', async () => {
    const { rowCount } = await admin.query('select from pg_stat_activity where datname = $1', [database]);
    return rowCount === 0;
  });
  await admin.end();
  assert.deepEqual(await digest(target), untouched);
  assert.equal((await restore(target, archive, '--replace')).code, 0);
});

/** Writes the archive anew with another manifest, as another version would have. */
async function repack(path: string, alter: (manifest: Manifest) => Manifest) {
  const entries = async function* (): AsyncGenerator<Entry> {
    for await (const { name, body } of unpack(archive)) {
      if (name !== 'manifest.json') yield { name, body };
      else yield { name, body: Buffer.from(JSON.stringify(alter(JSON.parse(body.toString()) as Manifest))) };
    }
  };
  const chunks: Buffer[] = [];
  for await (const bytes of pack(entries())) chunks.push(bytes);
  writeFileSync(path, gzipSync(Buffer.concat(chunks)));
}
