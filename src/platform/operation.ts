import { sql } from 'kysely';
import type { Decision } from '../rules/decision.ts';
import { must, no, Refused, yes } from '../rules/decision.ts';
import { isStaffRole } from '../rules/people.ts';
import { type Action, decidePermission, permissions, type Role } from '../rules/permission.ts';
import type { Standing } from '../rules/standing.ts';
import { readClock } from './clock.ts';
import type { Db, Tx } from './db.ts';
import { hashOf } from './ids.ts';
import { tellOwner } from './live.ts';

/** Who asks: a person who signed in, or a newcomer who is about to become one. There is no actor that may do everything. */
export type Actor = { kind: 'person'; personId: string } | { kind: 'newcomer' };

/** What an actor is to an owner (account or agency), and how the owner stands. Null when it is nothing to them: 404. */
export interface Authority {
  roles: readonly Role[];
  standing: Standing;
}

/** Looks an authority up, under the owner's row lock when `lock` is set. Injected: the platform knows no accounts. */
export type FindAuthority = (tx: Tx, actor: Actor, ownerId: number, lock: boolean) => Promise<Authority | null>;

/** What an operation needs of the system it runs in. */
export interface Doors {
  db: Db;
  findAuthority: FindAuthority;
}

/** One deed under way: its transaction, its fixed moment, its actor. */
export interface Deed {
  tx: Tx;
  now: Date;
  actor: Actor;
  /** The person's id: what "by" columns hold. A newcomer gets one on the way, with `becomes`. */
  by: string;
  ownerId: number;
  role: Role | 'newcomer';
  /** All that the actor is here, for rules that ask for more than one role. */
  roles: readonly Role[];
  standing: Standing;
  /** What the journal should remember beside the action. */
  note(detail: Record<string, unknown>): void;
  becomes(personId: string): void;
}

/** What somebody may do who is nobody here yet; everything else stands in the permission table. */
export type NewcomerAction = 'sign-up' | 'set-up' | 'accept-invitation';
const isForNewcomers = (action: Action | NewcomerAction): action is NewcomerAction =>
  action === 'sign-up' || action === 'set-up' || action === 'accept-invitation';

export interface Order<Input> {
  action: Action | NewcomerAction;
  actor: Actor;
  /** The account or agency; `house` for what belongs to none. */
  ownerId: number;
  /** One key, one effect: the same key again gets the same answer, with another input a refusal. */
  key: string;
  input: Input;
}

/** The owner of deeds that belong to no account or agency. */
export const houseId = 0;

/** Anything that survives a round trip through JSON; what a repeated request is answered with. */
export type Answer = string | number | boolean | null | readonly Answer[] | { readonly [key: string]: Answer };

/**
 * The one door of every change: opens the transaction, takes the owner's lock, fixes the moment, checks permission
 * against the standing under that lock, remembers the key, writes the journal row. A refusal rolls everything back.
 */
export async function perform<Input, Result extends Answer>(
  doors: Doors,
  order: Order<Input>,
  carryOut: (deed: Deed) => Promise<Result>,
): Promise<Decision<Result>> {
  try {
    const answer = await doors.db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(hashtextextended(${`${order.ownerId}/${order.key}`}, 0))`.execute(tx);
      const inputHash = hashOf({ action: order.action, actor: order.actor, input: order.input });
      const admitted = await admit(doors, tx, order);
      const earlier = await tx
        .selectFrom('deed')
        .select(['inputHash', 'answer'])
        .where('ownerId', '=', order.ownerId)
        .where('idempotencyKey', '=', order.key)
        .executeTakeFirst();
      if (earlier) {
        if (earlier.inputHash !== inputHash) throw new Refused({ code: 'key-reused' });
        return earlier.answer as Result;
      }
      const role = permit(order, admitted);
      const now = await momentOf(tx, order.ownerId);
      const detail: Record<string, unknown> = {};
      const deed: Deed = {
        tx,
        now,
        actor: order.actor,
        by: byOf(order.actor),
        ownerId: order.ownerId,
        role,
        roles: admitted.roles,
        standing: admitted.standing,
        note: (more) => Object.assign(detail, more),
        becomes: (personId) => {
          deed.by = personId;
        },
      };
      const answer = await carryOut(deed);
      await tx
        .insertInto('deed')
        .values({
          ownerId: order.ownerId,
          at: now,
          personId: deed.by,
          role,
          action: order.action,
          idempotencyKey: order.key,
          inputHash,
          detail: JSON.stringify(detail),
          answer: JSON.stringify(answer),
        })
        .execute();
      await tellOwner(tx, order.ownerId);
      return answer;
    });
    return yes(answer);
  } catch (error) {
    if (error instanceof Refused) return no(error.refusal);
    throw error;
  }
}

/** An owner's time doesn't run back with the machine's clock: no deed is earlier than the one before it. Index: deed_log. */
async function momentOf(tx: Tx, ownerId: number): Promise<Date> {
  const now = await readClock(tx);
  const last = await tx
    .selectFrom('deed')
    .select('at')
    .where('ownerId', '=', ownerId)
    .orderBy('at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last && last.at > now ? last.at : now;
}

const byOf = (actor: Actor): string => (actor.kind === 'person' ? actor.personId : 'newcomer');

/** Who the actor is here, under the owner's lock; nobody at all means that there is nothing to see. */
async function admit<Input>(doors: Doors, tx: Tx, order: Order<Input>): Promise<Authority> {
  if (isForNewcomers(order.action)) return { roles: [], standing: 'open' };
  const authority = await doors.findAuthority(tx, order.actor, order.ownerId, true);
  if (!authority) throw new Refused({ code: 'not-found' });
  return authority;
}

function permit<Input>(order: Order<Input>, authority: Authority): Role | 'newcomer' {
  if (isForNewcomers(order.action)) return 'newcomer';
  // Staff are strangers wherever an action is none of theirs: they learn nothing, not even that it is there.
  const { who } = permissions[order.action];
  if (authority.roles.every(isStaffRole) && !who.some(isStaffRole)) throw new Refused({ code: 'not-found' });
  return must(decidePermission(order.action, authority.roles, authority.standing));
}

/**
 * The lighter door, for what merely happens (calls, usage, renewals, what the carrier answered): a transaction and its
 * moment. Whatever is written through it is idempotent by its own natural key; there is no journal.
 */
export async function record<Result>(db: Db, happen: (tx: Tx, now: Date) => Promise<Result>): Promise<Result> {
  return db.transaction().execute(async (tx) => happen(tx, await readClock(tx)));
}
