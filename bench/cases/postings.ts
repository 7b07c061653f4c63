import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { recordPosting } from '../../src/billing/store.ts';
import { connect } from '../../src/platform/db.ts';
import { migrate } from '../../src/platform/migrate.ts';
import { record } from '../../src/platform/operation.ts';
import type { Case, Sides, Stage } from '../compare.ts';

const writers = 8;

const caseOf = (name: string, wallets: number, aim: number): Case => ({
  name,
  ours: `postings by the lighter door, each once and with its moment, ${writers} writers on ${wallets === 1 ? 'one wallet' : `${wallets} wallets`}`,
  floor: 'one statement of its own transaction: the same insert, and the update of the wallet',
  unit: 'postings/s',
  better: 'higher',
  aim,
  open: (stage) => open(stage, wallets),
});

export const postingsOneWallet = caseOf('postings-one-wallet', 1, 0.2);
export const postingsManyWallets = caseOf('postings-many-wallets', 1_000, 0.2);

const bare = `
  with posted as (
    insert into posting (owner_id, at, debit, credit, amount_micros, cause, cause_key, description)
    values ($1, now(), 'payments', 'wallet', 10000, 'top-up', $2, 'Top-up')
    on conflict (owner_id, cause_key) do nothing
    returning owner_id, amount_micros
  )
  update wallet w set available_micros = w.available_micros + p.amount_micros from posted p where w.owner_id = p.owner_id`;

async function open(stage: Stage, wallets: number): Promise<Sides> {
  const databaseUrl = await stage.makeDatabase();
  await migrate(databaseUrl);
  const { db, pool } = connect(databaseUrl, { max: writers });
  await pool.query(`insert into wallet select i, 'USD', 0 from generate_series(1, $1::int) i`, [wallets]);
  await pool.query('vacuum analyze wallet');
  const side = (post: (ownerId: number, causeKey: string) => Promise<unknown>) => async () => {
    const until = performance.now() + stage.secondsPerRound * 1_000;
    let posted = 0;
    const write = async (writer: number) => {
      for (let turn = 0; performance.now() < until; turn += 1) {
        await post(1 + ((writer * 7_919 + turn * 104_729) % wallets), randomUUID());
        posted += 1;
      }
    };
    const begun = performance.now();
    await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
    return { value: posted / ((performance.now() - begun) / 1_000) };
  };
  return {
    ours: side((ownerId, causeKey) =>
      record(db, async (tx, at) => {
        const sides = { debit: 'payments', credit: 'wallet' } as const;
        const posting = {
          ...sides,
          ownerId,
          at,
          amountMicros: 10_000n,
          cause: 'top-up',
          causeKey,
          description: 'Top-up',
        };
        assert.ok(await recordPosting(tx, posting));
      }),
    ),
    floor: side((ownerId, causeKey) => pool.query({ name: 'bare posting', text: bare, values: [ownerId, causeKey] })),
    async check() {
      const { rows } = await pool.query(`
        select from wallet w
         where available_micros <> coalesce((select sum(amount_micros) from posting p where p.owner_id = w.owner_id), 0)`);
      assert.equal(rows.length, 0, 'Every wallet is the sum of its postings.');
    },
    close: () => db.destroy(),
  };
}
