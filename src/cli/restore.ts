import { defineCommand } from 'citty';
import { checkBackup } from '../platform/backup/read.ts';
import { refuseUnknownMigrations, restoreBackup } from '../platform/backup/restore.ts';
import { sayContents } from './backup.ts';
import { configOrRefuse, orRefuse } from './refuse.ts';
import { withStoppedInstance } from './withDatabase.ts';

export const restore = defineCommand({
  meta: { name: 'restore', description: 'Bring a backup back, while Switchhook is stopped' },
  args: {
    file: { type: 'positional', description: 'What backup wrote', required: true },
    replace: { type: 'boolean', description: 'Destroy what the database holds now', default: false },
  },
  run: ({ args: { file, replace } }) =>
    orRefuse(async () => {
      const config = configOrRefuse();
      const contents = await checkBackup(file);
      await refuseUnknownMigrations(file, contents.manifest);
      console.log(`${file} is whole: ${sayContents(contents)}.`);
      await withStoppedInstance(config, async (databaseUrl) => {
        const { migrated } = await restoreBackup(databaseUrl, file, { replace, note: console.log });
        if (migrated.length > 0) console.log(`Brought to the newest form (${migrated.length} migrations).`);
        console.log('Restored. Everybody signs in again; npm start starts it.');
      });
    }),
});
