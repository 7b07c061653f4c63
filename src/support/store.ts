import type { Db, Tx } from '../platform/db.ts';
import type { Role } from '../rules/permission.ts';
import type { TicketKind, TicketState } from '../rules/tickets.ts';

/** A request to the support desk, about one account or agency. */
export interface Ticket {
  ownerId: number;
  ticketId: number;
  kind: TicketKind;
  step: string | null;
  lastRefusal: string | null;
  subject: string;
  openedBy: string;
  openedByRole: Role;
  openedAt: Date;
  state: TicketState;
  closedAt: Date | null;
}

export interface Message {
  messageId: number;
  at: Date;
  by: string;
  fromStaff: boolean;
  body: string;
}

const columns = [
  'ownerId',
  'ticketId',
  'kind',
  'step',
  'lastRefusal',
  'subject',
  'openedBy',
  'openedByRole',
  'openedAt',
  'state',
  'closedAt',
] as const;

/** The columns whose values the table's checks or our own deeds hold to a list. */
const asTicket = <Row extends { kind: string; state: string; openedByRole: string }>(row: Row) => ({
  ...row,
  kind: row.kind as TicketKind,
  state: row.state as TicketState,
  openedByRole: row.openedByRole as Role,
});

export type OpenedTicket = Omit<Ticket, 'ticketId' | 'state' | 'closedAt'>;

export async function recordTicket(tx: Tx, ticket: OpenedTicket): Promise<number> {
  const { ticketId } = await tx.insertInto('ticket').values(ticket).returning('ticketId').executeTakeFirstOrThrow();
  return ticketId;
}

export type NewMessage = Omit<Message, 'messageId'> & { ownerId: number; ticketId: number };

export async function recordMessage(tx: Tx, message: NewMessage): Promise<void> {
  await tx.insertInto('ticketMessage').values(message).execute();
}

/** How many tickets an owner opened since a moment. Index: ticket_opened. */
export async function countTicketsSince(tx: Tx, ownerId: number, since: Date): Promise<number> {
  const { count } = await tx
    .selectFrom('ticket')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('ownerId', '=', ownerId)
    .where('openedAt', '>', since)
    .executeTakeFirstOrThrow();
  return count;
}

export async function findTicket(db: Db | Tx, ownerId: number, ticketId: number): Promise<Ticket | null> {
  const row = await db
    .selectFrom('ticket')
    .select(columns)
    .where('ownerId', '=', ownerId)
    .where('ticketId', '=', ticketId)
    .executeTakeFirst();
  return row ? asTicket(row) : null;
}

/** A ticket by its number alone, for staff. Index: ticket_number. */
export async function findTicketByNumber(db: Db | Tx, ticketId: number): Promise<Ticket | null> {
  const row = await db.selectFrom('ticket').select(columns).where('ticketId', '=', ticketId).executeTakeFirst();
  return row ? asTicket(row) : null;
}

/** An owner's tickets, the newest first; `before` is where the page before ended. */
export async function findTicketsOf(
  db: Db | Tx,
  ownerId: number,
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<Ticket[]> {
  let tickets = db.selectFrom('ticket').select(columns).where('ownerId', '=', ownerId);
  if (before) tickets = tickets.where('ticketId', '<', before);
  return (await tickets.orderBy('ticketId', 'desc').limit(limit).execute()).map(asTicket);
}

/** A ticket in the queue, with the name of whom it is about. */
export interface QueuedTicket extends Ticket {
  ownerName: string;
}

/** Tickets in one state, the oldest first; `after` is where the page before ended. Index: ticket_queue. */
export async function findQueue(
  db: Db | Tx,
  state: TicketState,
  { after, limit }: { after?: number | undefined; limit: number },
): Promise<QueuedTicket[]> {
  let tickets = db
    .selectFrom('ticket as t')
    .leftJoin('account as a', 'a.accountId', 't.ownerId')
    .leftJoin('agency as g', 'g.agencyId', 't.ownerId')
    .select(columns.map((column) => `t.${column}` as const))
    .select((eb) => eb.fn.coalesce('a.name', 'g.name').$notNull().as('ownerName'))
    .where('t.state', '=', state);
  if (after) tickets = tickets.where('t.ticketId', '>', after);
  return (await tickets.orderBy('t.ticketId').limit(limit).execute()).map(asTicket);
}

export async function findMessages(db: Db | Tx, { ownerId, ticketId }: Ticket): Promise<Message[]> {
  return db
    .selectFrom('ticketMessage')
    .select(['messageId', 'at', 'by', 'fromStaff', 'body'])
    .where('ownerId', '=', ownerId)
    .where('ticketId', '=', ticketId)
    .orderBy('messageId')
    .execute();
}

/** Open or answered; whatever closed the ticket is over. */
export async function setOpenState(
  tx: Tx,
  { ownerId, ticketId }: Ticket,
  state: Exclude<TicketState, 'closed'>,
): Promise<void> {
  await tx
    .updateTable('ticket')
    .set({ state, closedAt: null, closedBy: null })
    .where('ownerId', '=', ownerId)
    .where('ticketId', '=', ticketId)
    .execute();
}

export async function setClosed(tx: Tx, { ownerId, ticketId }: Ticket, by: string, now: Date): Promise<void> {
  await tx
    .updateTable('ticket')
    .set({ state: 'closed', closedAt: now, closedBy: by })
    .where('ownerId', '=', ownerId)
    .where('ticketId', '=', ticketId)
    .execute();
}
