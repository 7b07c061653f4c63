import { findAccount, lockAccount } from '../accounts/store.ts';
import { CarrierError } from '../platform/carrier/port.ts';
import type { Tx } from '../platform/db.ts';
import type { House } from '../platform/house.ts';
import { tellOwner } from '../platform/live.ts';
import { record } from '../platform/operation.ts';
import { must } from '../rules/decision.ts';
import { decideRelease } from '../rules/numbers.ts';
import { addMonths } from '../rules/time.ts';
import { voiceUrls } from './pointNumbers.ts';
import { chargeNumber } from './restore.ts';
import {
  type Command,
  failCommand,
  findNumber,
  finishCommand,
  leaseCommands,
  postponeCommand,
  recordBought,
  recordFailedPurchase,
  recordRelease,
  recordReturned,
} from './store.ts';

/**
 * A worker that was killed is waited for no longer than this. An answer that takes longer is asked for twice, which the
 * idempotency key makes harmless.
 */
const leaseSeconds = 8;
const atOnce = 8;

/**
 * The worker's look: sends every due carrier command. Each is sent at least once and effective once: the same key goes
 * with every attempt, and its outcome is one transaction.
 */
export async function sendCommands(house: House): Promise<number> {
  let sent = 0;
  for (;;) {
    const commands = await record(house.db, (tx, now) => leaseCommands(tx, now, leaseSeconds, atOnce));
    if (commands.length === 0) return sent;
    await Promise.all(commands.map((each) => sendOne(house, each)));
    sent += commands.length;
  }
}

async function sendOne(house: House, command: Command): Promise<void> {
  try {
    if (command.kind === 'buy') await buyAtCarrier(house, command);
    else await returnToCarrier(house, command);
  } catch (error) {
    if (!(error instanceof CarrierError)) throw error;
    await settleFailure(house, command, error);
  }
}

async function buyAtCarrier(house: House, command: Command): Promise<void> {
  const number = await record(house.db, (tx, now) => stillWanted(tx, command, now));
  if (!number) return;
  const rented = await house.carrier.buy(number.phoneNumber, {
    idempotencyKey: command.idempotencyKey,
    ...voiceUrls(house.config.publicUrl),
    friendlyName: number.name?.slice(0, 48) ?? '',
  });
  await record(house.db, (tx, now) => recordPurchase(tx, command, rented.carrierNumberId, now));
}

/** A purchase of an account that was closed before it was ever sent is given up; one already sent must be followed up. */
async function stillWanted(tx: Tx, command: Command, now: Date) {
  await lockAccount(tx, command.accountId);
  const account = await findAccount(tx, command.accountId, now);
  const number = await findNumber(tx, command.accountId, command.trackingNumberId, now);
  if (!account || !number || number.boughtAt || number.failedAt) {
    await finishCommand(tx, command.commandId, now);
    return null;
  }
  if (account.closure && command.attempts === 1) {
    await giveUp(tx, command, 'The account was closed before the number was bought.', now);
    return null;
  }
  return number;
}

/** The number is ours: it is charged from this moment, or goes straight into the hold when the account closed meanwhile. */
async function recordPurchase(tx: Tx, command: Command, carrierNumberId: string, now: Date): Promise<void> {
  await lockAccount(tx, command.accountId);
  const account = (await findAccount(tx, command.accountId, now))!;
  const key = { accountId: command.accountId, trackingNumberId: command.trackingNumberId };
  // A carrier that took longer than the lease was asked twice, and answers twice.
  if ((await findNumber(tx, key.accountId, key.trackingNumberId, now))?.boughtAt)
    return finishCommand(tx, command.commandId, now);
  const paidUntil = account.closure ? now : addMonths(now, 1, account.timeZone);
  await recordBought(tx, key, { carrierNumberId, boughtAt: now, paidUntil });
  const number = (await findNumber(tx, key.accountId, key.trackingNumberId, now))!;
  if (account.closure) {
    const { restorableUntil } = must(decideRelease(number, now));
    const { closureId, closedBy: releasedBy } = account.closure;
    await recordRelease(tx, { ...key, releasedAt: now, releasedBy, closureId, restorableUntil });
  } else {
    await chargeNumber(tx, number, account.payerId, now);
  }
  await finishCommand(tx, command.commandId, now);
  await tellOwner(tx, command.accountId);
}

async function returnToCarrier(house: House, command: Command): Promise<void> {
  const number = await record(house.db, (tx, now) => findNumber(tx, command.accountId, command.trackingNumberId, now));
  if (!number?.release?.returnOrderedAt)
    throw new Error(`Command ${command.commandId} would return a number that nobody gave up.`);
  if (number.carrierNumberId) await house.carrier.release(number.carrierNumberId);
  await record(house.db, async (tx, now) => {
    await lockAccount(tx, command.accountId);
    await recordReturned(tx, command, now);
    await finishCommand(tx, command.commandId, now);
    await tellOwner(tx, command.accountId);
  });
}

/** Final failures end a purchase; everything else is tried again, slower each time. A return is never given up. */
async function settleFailure(house: House, command: Command, error: CarrierError): Promise<void> {
  house.log.warn(
    { commandId: command.commandId, kind: command.kind, attempts: command.attempts, carrier: error.kind },
    error.message,
  );
  await record(house.db, async (tx, now) => {
    if (command.kind === 'buy' && !error.retry) return giveUp(tx, command, error.message, now);
    const waitSeconds = error.retryAfterSeconds ?? Math.min(15 * 60, 2 ** Math.min(command.attempts, 10));
    await postponeCommand(tx, command.commandId, error.message, new Date(now.getTime() + waitSeconds * 1000));
    await house.jobs.wake(tx, 'carrier-commands', waitSeconds);
    await tellOwner(tx, command.accountId);
  });
}

async function giveUp(tx: Tx, command: Command, why: string, now: Date): Promise<void> {
  await recordFailedPurchase(tx, command, why, now);
  await failCommand(tx, command.commandId, why, now);
  await tellOwner(tx, command.accountId);
}
