import { stripVTControlCharacters } from 'node:util';
import { defineCommand } from 'citty';
import { findRolesOf } from '../accounts/store.ts';
import { findPeople } from '../auth/store.ts';
import { connect } from '../platform/db.ts';
import { roleNames } from '../rules/permission.ts';
import { formatCount } from '../web/format.ts';
import { configOrRefuse, orRefuse, refuse } from './refuse.ts';
import { withDatabase } from './withDatabase.ts';

const limitMax = 1_000;
const rolesShown = 5;

export const users = defineCommand({
  meta: { name: 'users', description: 'List people and their roles' },
  args: {
    search: { type: 'string', description: 'Only those with this in their name or e-mail address' },
    after: { type: 'string', description: 'Go on behind this e-mail address' },
    limit: { type: 'string', description: `How many, up to ${limitMax}`, default: '50' },
  },
  run: ({ args }) =>
    orRefuse(async () => {
      const limit = Number(args.limit);
      if (!(Number.isInteger(limit) && limit >= 1 && limit <= limitMax))
        refuse(`--limit is a whole number from 1 to ${limitMax}, not ${args.limit}.`);
      await withDatabase(configOrRefuse(), (databaseUrl) => listPeople(databaseUrl, { ...args, limit }));
    }),
});

async function listPeople(
  databaseUrl: string,
  wish: { search?: string | undefined; after?: string | undefined; limit: number },
): Promise<void> {
  const { db } = connect(databaseUrl, { max: 1 });
  try {
    // One more than is shown tells whether there are more.
    const found = await findPeople(db, { ...wish, limit: wish.limit + 1 });
    const people = found.slice(0, wish.limit);
    const memberships = await findRolesOf(
      db,
      people.map((person) => person.id),
    );
    const lines = people.map(({ id, name, email, staffRoles }) => [
      email,
      name,
      sayRoles([
        ...staffRoles.map((role) => roleNames[role]),
        ...memberships
          .filter((each) => each.personId === id)
          .map((each) => `${roleNames[each.role]} of ${each.ownerName}`),
      ]),
    ]);
    console.log(lines.length > 0 ? toTable(lines) : 'Nobody.');
    if (found.length > people.length) {
      console.error(`There are more. Add --after ${people.at(-1)!.email}, a larger --limit, or --search.`);
    }
  } finally {
    await db.destroy();
  }
}

function sayRoles(roles: readonly string[]): string {
  const more = roles.length - rolesShown;
  return [...roles.slice(0, rolesShown), ...(more > 0 ? [`${formatCount(more)} more`] : [])].join('; ') || 'no role';
}

/** In columns. People choose their names, so what would steer the terminal is taken out. */
function toTable(lines: readonly string[][]): string {
  const clean = lines.map((line) => line.map((cell) => stripVTControlCharacters(cell).replace(/\p{Cc}/gu, ' ')));
  const widthOf = (column: number) => Math.max(...clean.map((line) => line[column]!.length));
  const widths = [widthOf(0), widthOf(1), 0];
  return clean.map((line) => line.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')).join('\n');
}
