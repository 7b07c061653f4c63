import { BackupRefused } from '../platform/backup/refuse.ts';
import { type Config, readConfig } from '../platform/config.ts';
import { isDatabaseAway } from '../platform/db.ts';
import { StartRefused } from '../platform/postgres/refuse.ts';

/** Ends with a sentence and no stack trace. */
export function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

/** What stands in the way of a command is a sentence. */
export async function orRefuse(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof BackupRefused || error instanceof StartRefused) refuse(error.message);
    if (!isDatabaseAway(error)) throw error;
    refuse('The database of this Switchhook does not answer. Wait a moment, or look at what npm start says.');
  }
}

export function configOrRefuse(): Config {
  const read = readConfig(process.env);
  if (!read.ok) refuse(read.mistakes.join('\n'));
  return read.config;
}
