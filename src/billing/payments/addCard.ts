import { findMembers } from '../../accounts/store.ts';
import type { House } from '../../platform/house.ts';
import { tellOwner } from '../../platform/live.ts';
import { type Actor, perform, record } from '../../platform/operation.ts';
import { PaymentsError } from '../../platform/payments/port.ts';
import { type Decision, no, Refused, yes } from '../../rules/decision.ts';
import { findOwner, lockedOwner, mustPayItself } from './findOwner.ts';
import { billingUrlOf } from './payFirst.ts';
import {
  endRechargeRound,
  endSetup,
  findOpenSetups,
  findProviderCustomer,
  findSetup,
  recordCard,
  recordSetup,
  type Setup,
} from './store.ts';

/** Opens the provider's page on which a person gives a card; no number of it comes near us. Answers with its address. */
export async function openCardPage(
  house: House,
  actor: Actor,
  ownerId: number,
  key: string,
): Promise<Decision<string>> {
  const { payments } = house;
  const allowed = await perform(house, { action: 'add-card', actor, ownerId, key, input: {} }, async ({ tx, by }) => {
    await mustPayItself(tx, ownerId);
    return by;
  });
  if (!allowed.ok) return allowed;
  const by = allowed.value;
  const { owner, email, providerCustomerId } = await record(house.db, async (tx, now) => ({
    owner: (await findOwner(tx, ownerId, now))!,
    email: (await findMembers(tx, ownerId)).find((each) => each.personId === by)?.email ?? '',
    providerCustomerId: await findProviderCustomer(tx, ownerId, payments.name),
  }));
  const billingUrl = billingUrlOf(house, owner);
  try {
    const { setupId, url } = await payments.openSetup({
      ownerId,
      providerCustomerId,
      email,
      ownerName: owner.name,
      returnUrl: `${billingUrl}/cards/return`,
      cancelUrl: billingUrl,
      idempotencyKey: `card ${ownerId} ${key}`,
    });
    await record(house.db, (tx, now) => recordSetup(tx, { ownerId, setupId, openedBy: by }, now));
    return yes(url);
  } catch (error) {
    if (!(error instanceof PaymentsError)) throw error;
    house.log.warn({ ownerId, payments: error.kind }, error.message);
    return no({ code: 'payments-unavailable', what: 'no card can be added' });
  }
}

/** Somebody came back from the provider's page. Answers whether there is a card now. */
export async function finishCardPage(house: House, ownerId: number, setupId: string): Promise<boolean> {
  const setup = await findSetup(house.db, ownerId, setupId);
  if (!setup) throw new Refused({ code: 'not-found' });
  if (setup.endedAt) return true;
  return finishSetup(house, setup);
}

const forgottenAfterMs = 24 * 60 * 60 * 1000;
const comesBackMs = 30_000;
const atOnce = 50;

/** The worker's look at pages that nobody came back from: the card may have been given all the same. */
export async function finishCardPages(house: House): Promise<void> {
  const open = await record(house.db, (tx, now) =>
    findOpenSetups(tx, new Date(now.getTime() - forgottenAfterMs), new Date(now.getTime() - comesBackMs), atOnce),
  );
  for (const setup of open) {
    await finishSetup(house, setup).catch((error: unknown) => {
      if (!(error instanceof PaymentsError)) throw error;
      house.log.warn({ ownerId: setup.ownerId, payments: error.kind }, error.message);
    });
  }
}

async function finishSetup(house: House, setup: Setup): Promise<boolean> {
  const found = await house.payments.findSetup(setup.setupId);
  const { method } = found;
  if (found.ownerId !== setup.ownerId || !method) return false;
  await record(house.db, async (tx, now) => {
    const { ownerId, openedBy: addedBy } = setup;
    await lockedOwner(tx, ownerId, now);
    // Auto-recharge that waits after a round of declines has a new card to try.
    if (await recordCard(tx, { ownerId, provider: house.payments.name, method, addedBy }, now))
      await endRechargeRound(tx, ownerId, 0, null);
    await endSetup(tx, setup, now);
    await tellOwner(tx, ownerId);
  });
  return true;
}
