import { writeGenerated } from '../src/generate.ts';
import { withTemporaryServer } from './temporaryServer.ts';

process.on('disconnect', () => process.exit(1));
await withTemporaryServer(null, ({ url }) => writeGenerated(url));
process.exit(0);
