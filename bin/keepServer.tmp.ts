import { writeFileSync } from 'node:fs';
import { withTemporaryServer } from './temporaryServer.ts';
await withTemporaryServer(null, async ({ url }) => {
  writeFileSync('/tmp/ha/url', url);
  await new Promise<void>((r) => process.on('SIGTERM', () => r()));
});
process.exit(0);
