import { defineCommand, runMain } from 'citty';
import { backup } from './cli/backup.ts';
import { call } from './cli/call.ts';
import { restart } from './cli/restart.ts';
import { restore } from './cli/restore.ts';
import { status } from './cli/status.ts';
import { travel } from './cli/travel.ts';
import { users } from './cli/users.ts';

await runMain(
  defineCommand({
    meta: { name: 'switchhook', description: 'Switchhook’s command line' },
    subCommands: { backup, call, restart, restore, status, travel, users },
  }),
);
