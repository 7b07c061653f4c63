import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { runCommand } from '../../test/faults/runCommand.ts';
import { openWorld, type World } from '../../test/world.ts';

let world: World;
const list = (...args: string[]) => runCommand(['users', ...args], { DATABASE_URL: world.databaseUrl });

before(async () => {
  world = await openWorld();
});

test('people with their roles, the house’s and those in accounts and agencies', async () => {
  const { code, said } = await list('--limit', '1000');
  assert.equal(code, 0, said);
  assert.match(said, new RegExp(`${world.cast.operator.email} +operator +Operator\n`));
  assert.match(said, new RegExp(`${world.cast.shopOwner.email} +Shop Owner +Administrator of Anchor Plumbing\n`));
  assert.match(said, /Agency Administrator of Northwind Agency/);
  assert.match(said, new RegExp(`${world.cast.stranger.email} +stranger +no role\n`));
  assert.doesNotMatch(said, /There are more|scrypt|[0-9a-f]{32}/i);
});

test('a page at a time, each with how to go on, until all have been seen', async () => {
  const seen: string[] = [];
  for (let after = ''; ; ) {
    const { said } = await list('--limit', '7', ...(after ? ['--after', after] : []));
    seen.push(...said.split('\n').flatMap((line) => /^\S+@\S+(?= )/.exec(line)?.[0] ?? []));
    const more = /There are more\. Add --after (\S+),/.exec(said);
    if (!more) break;
    after = more[1]!;
    assert.equal(after, seen.at(-1));
  }
  const { rows } = await world.house.pool.query<{ email: string }>('select email from person order by email');
  assert.deepEqual(
    seen,
    rows.map((row) => row.email),
  );
});

test('searching takes what is typed as it is, and a name can’t steer the terminal', async () => {
  await world.house.pool.query('update person set name = $1 where id = $2', [
    '\u001b[2J100% Ann',
    world.cast.neighbor.personId,
  ]);
  const { said } = await list('--search', '0% ANN');
  assert.match(said, new RegExp(`^${world.cast.neighbor.email}  100% Ann  `));
  assert.equal((await list('--search', '_%_')).said, 'Nobody.\n');
  assert.match((await list('--limit', '0')).said, /--limit is a whole number from 1 to 1000/);
});
