import pg from 'pg';
import { oldestMajor } from './findBinaries.ts';
import { StartRefused } from './refuse.ts';

/** Says no to a server of the operator's own that Switchhook can't run on; returns its version. */
export async function checkServer(databaseUrl: string): Promise<string> {
  const { hostname, port, pathname, username } = new URL(databaseUrl);
  const place = `${hostname || 'localhost'}:${port || 5432}`;
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string; number: string; encoding: string }>(
      `select current_setting('server_version') as version, current_setting('server_version_num') as number,
              current_setting('server_encoding') as encoding`,
    );
    const { version = '', number = '', encoding = '' } = rows[0] ?? {};
    if (Number(number) < oldestMajor * 10_000) {
      throw new StartRefused(`DATABASE_URL leads to PostgreSQL ${version}; Switchhook needs ${oldestMajor} or newer.`);
    }
    if (encoding !== 'UTF8') {
      throw new StartRefused(`The database of DATABASE_URL is encoded in ${encoding}; Switchhook needs one in UTF8.`);
    }
    return version;
  } catch (error) {
    if (error instanceof StartRefused) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const reasons: Record<string, string> = {
      ECONNREFUSED: `no server listens on ${place}`,
      ENOTFOUND: `there is no host named ${hostname}`,
      EAI_AGAIN: `the name ${hostname} can't be looked up`,
      '28P01': `the server on ${place} refused the password of user "${username}"`,
      '28000': `the server on ${place} does not let user "${username}" in`,
      '3D000': `the server on ${place} has no database named "${pathname.slice(1)}"`,
      '57P03': `the server on ${place} is still starting up`,
    };
    const reason = reasons[code] ?? (error instanceof Error ? error.message : String(error));
    throw new StartRefused(`The database of DATABASE_URL can't be used: ${reason}.`);
  } finally {
    await client.end().catch(() => {});
  }
}
