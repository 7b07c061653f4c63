import { setTimeout as delay } from 'node:timers/promises';
import { defineCommand } from 'citty';
import { readRunning } from '../platform/postgres/running.ts';
import { refuse } from './refuse.ts';
import { withInstance } from './withInstance.ts';

/** Two children may take their time to come, and two to go. */
const restartWaitMs = 180_000;

export const restart = defineCommand({
  meta: { name: 'restart', description: 'Replace web and worker by what is on disk, without turning anybody away' },
  run: () =>
    withInstance(async ({ config, pid, restarts }) => {
      process.kill(pid, 'SIGHUP');
      const deadline = performance.now() + restartWaitMs;
      while (performance.now() < deadline) {
        const running = readRunning(config.dataDir);
        if (running?.pid !== pid) refuse('This Switchhook has stopped meanwhile.');
        if (running.restarts > restarts) {
          if (running.trouble) refuse(`Not restarted. ${running.trouble}`);
          console.log('Restarted.');
          return;
        }
        await delay(100);
      }
      refuse('The restart takes long. Look at what npm start says.');
    }),
});
