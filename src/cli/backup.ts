import { relative } from 'node:path';
import { defineCommand } from 'citty';
import { leftOutOfBackups } from '../auth/store.ts';
import { type Contents, checkBackup } from '../platform/backup/read.ts';
import { writeBackup } from '../platform/backup/write.ts';
import { formatCount, formatMoment } from '../web/format.ts';
import { configOrRefuse, orRefuse, refuse } from './refuse.ts';
import { withDatabase } from './withDatabase.ts';

export const backup = defineCommand({
  meta: { name: 'backup', description: 'Write everything into one file, while Switchhook runs' },
  args: {
    file: { type: 'positional', description: 'A new file, or - for standard output', required: false },
    verify: { type: 'boolean', description: 'Write nothing: check this file and list what it holds', default: false },
  },
  run: ({ args: { file, verify } }) =>
    orRefuse(async () => {
      if (verify) {
        if (!file) refuse('Say which file to check: npx switchhook backup --verify <file>.');
        console.log(listContents(await checkBackup(file)));
        return;
      }
      await withDatabase(configOrRefuse(), async (databaseUrl) => {
        const written = await writeBackup(databaseUrl, { path: file, leftOut: leftOutOfBackups });
        const where = written.path ? relative('', written.path) : 'standard output';
        console.error(`Written to ${where}: ${sayContents(written)}.`);
        console.error('It holds password hashes and secrets: keep it private, and away from this machine.');
      });
    }),
});

export function sayContents({ manifest, rows }: Contents): string {
  const all = Object.values(rows).reduce((sum, count) => sum + count, 0);
  return `${manifest.tables.length} tables, ${formatCount(all)} rows, as of ${formatMoment(new Date(manifest.madeAt), 'UTC')}`;
}

function listContents(contents: Contents): string {
  const tables = Object.entries(contents.rows);
  const width = Math.max(...tables.map(([name]) => name.length));
  return [
    `A whole backup: ${sayContents(contents)}.`,
    ...tables.map(([name, count]) => `  ${name.padEnd(width)}  ${formatCount(count).padStart(11)}`),
    `Migrations: ${contents.manifest.migrations.join(', ')}`,
  ].join('\n');
}
