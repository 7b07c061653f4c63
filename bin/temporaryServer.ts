import { chmodSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Binaries } from '../src/platform/postgres/findBinaries.ts';
import { isAlive } from '../src/platform/postgres/findProcess.ts';
import { type PostgresServer, startEmbeddedPostgres, startSystemPostgres } from '../src/platform/postgres/start.ts';

const folders = join(tmpdir(), 'switchhook-run-');

/** A server for one run, with nothing in it and nothing left of it; on the machine's own programs if some are given. */
export async function withTemporaryServer<Result>(
  binaries: Binaries | null,
  use: (server: PostgresServer) => Promise<Result>,
  { durable = false }: { durable?: boolean } = {},
): Promise<Result> {
  removeLeftovers();
  const dataDir = mkdtempSync(`${folders}${process.pid}-`);
  // Where the server has to run as another user, that one must get through.
  chmodSync(dataDir, 0o711);
  const options = { dataDir, durable, note: (line: string) => console.error(line) };
  try {
    const server = binaries ? await startSystemPostgres(binaries, options) : await startEmbeddedPostgres(options);
    try {
      return await use(server);
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Runs that were killed could not clean up; their server went with them. */
function removeLeftovers(): void {
  for (const dir of globSync(`${folders}*`)) {
    const pid = Number(dir.slice(folders.length).split('-')[0]);
    if (!isAlive(pid)) rmSync(dir, { recursive: true, force: true });
  }
}
