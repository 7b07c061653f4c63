import type { Doors } from '../../platform/operation.ts';
import { type Actor, perform } from '../../platform/operation.ts';
import { type Decision, must, Refused } from '../../rules/decision.ts';
import { decideRemoval } from '../../rules/payments.ts';
import { describeCard } from './sayCard.ts';
import { findCards, findRechargeRule, isPaying, placeCardFirst, recordCardRemoved } from './store.ts';

/** Makes a card the one that is charged; the others keep their order behind it, as its backups. */
export async function makeCardFirst(
  doors: Doors,
  actor: Actor,
  ownerId: number,
  cardId: number,
  key: string,
): Promise<Decision<string>> {
  return perform(doors, { action: 'arrange-cards', actor, ownerId, key, input: { cardId } }, async ({ tx, note }) => {
    const card = (await findCards(tx, ownerId)).find((each) => each.cardId === cardId);
    if (!card) throw new Refused({ code: 'not-found' });
    await placeCardFirst(tx, ownerId, cardId);
    note({ card: describeCard(card) });
    return describeCard(card);
  });
}

/** Removes a card here; a worker makes the provider forget it. */
export async function removeCard(
  doors: Doors,
  actor: Actor,
  ownerId: number,
  cardId: number,
  key: string,
): Promise<Decision<string>> {
  return perform(
    doors,
    { action: 'remove-card', actor, ownerId, key, input: { cardId } },
    async ({ tx, now, by, standing, note }) => {
      const cards = await findCards(tx, ownerId);
      const card = cards.find((each) => each.cardId === cardId);
      if (!card) throw new Refused({ code: 'not-found' });
      const rule = await findRechargeRule(tx, ownerId);
      must(
        decideRemoval({
          isLast: cards.length === 1,
          // Nothing is recharged for whoever is closed.
          isRechargeOn: rule?.isOn === true && standing !== 'canceled',
          isPaying: await isPaying(tx, ownerId, cardId),
        }),
      );
      await recordCardRemoved(tx, card, by, now);
      note({ card: describeCard(card) });
      return describeCard(card);
    },
  );
}
