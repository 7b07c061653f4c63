import { renewSubscriptions } from '../../src/billing/renewSubscriptions.ts';
import { settleAll } from '../../src/billing/settle.ts';
import { connect } from '../../src/platform/db.ts';

/* The billing run alone, in a process that can be killed. */

const { db } = connect(process.env.SWITCHHOOK_DATABASE_URL!, { max: 4 });
await renewSubscriptions(db);
await settleAll(db);
await db.destroy();
