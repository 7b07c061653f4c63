/*
 * Every "no" of the product. A caller can tell "already closed" from "not yours to close" from "too late"; a person
 * reads who may, or what to do next. Moments are handed over as dates: the edge that shows them knows the zone.
 */

export type Refusal =
  | { code: 'not-found' }
  | { code: 'role-missing'; does: string; who: readonly string[] }
  | { code: 'account-canceled'; does: string }
  | { code: 'no-funds'; does: string }
  | { code: 'purged' }
  | { code: 'already-closed'; closedAt: Date }
  | { code: 'not-closed' }
  | { code: 'still-closing' }
  | { code: 'too-late-to-reactivate'; until: Date }
  | { code: 'agency-canceled'; until: Date }
  | { code: 'too-late-to-restore'; until: Date }
  | { code: 'already-released'; restorableUntil: Date }
  | { code: 'not-released' }
  | { code: 'not-bought-yet' }
  | { code: 'number-taken'; phoneNumber: string }
  | { code: 'number-resting'; phoneNumber: string; reusableFrom: Date }
  | { code: 'balance-short'; needMicros: bigint; haveMicros: bigint }
  | { code: 'paid-by-agency' }
  | { code: 'feature-missing'; does: string; plan: string; plans: readonly string[]; payer: 'own' | 'agency' }
  | { code: 'price-version-taken'; at: Date }
  | { code: 'not-sub-account' }
  | { code: 'pays-already'; payer: 'own' | 'agency' }
  | { code: 'other-side'; does: string; who: readonly string[] }
  | { code: 'own-offer' }
  | { code: 'offer-open'; until: Date }
  | { code: 'offer-over' }
  | { code: 'owes-first'; oweMicros: bigint }
  | { code: 'payer-without-funds' }
  | { code: 'no-card' }
  | { code: 'recharge-needs-card' }
  | { code: 'payment-under-way' }
  | { code: 'currency-mismatch'; kept: string; given: string }
  | { code: 'payments-unavailable'; what: string }
  | { code: 'already-paused' }
  | { code: 'not-paused' }
  | { code: 'already-stopped' }
  | { code: 'not-stopped' }
  | { code: 'plan-changed'; differences: readonly string[] }
  | { code: 'erasure-unconfirmed'; visits: number; addresses: number }
  | { code: 'key-reused' }
  | { code: 'invalid-input'; fields: Readonly<Record<string, string>> }
  | { code: 'email-taken' }
  | { code: 'already-member'; email: string }
  | { code: 'role-above-own'; role: string }
  | { code: 'last-administrator'; role: string }
  | { code: 'owner-stays' }
  | { code: 'owner-only' }
  | { code: 'owner-needs-role'; role: string }
  | { code: 'invitation-over' }
  | { code: 'too-many-invitations' }
  | { code: 'invitation-for-another'; email: string }
  | { code: 'sign-up-closed' }
  | { code: 'already-held' }
  | { code: 'not-held' }
  | { code: 'too-many-tickets'; perDay: number }
  | { code: 'ticket-closed' }
  | { code: 'own-ticket' }
  | { code: 'ticket-does-not-fit'; asks: string; role: string }
  | { code: 'ticket-not-closed' }
  | { code: 'close-first' }
  | { code: 'balance-of-agency'; agencyName: string }
  | { code: 'refund-under-way'; ticketId: number; requestedAt: Date }
  | { code: 'nothing-to-refund'; balanceMicros: bigint }
  | { code: 'refund-decided'; state: string }
  | { code: 'reactivated-meanwhile' }
  | { code: 'part-not-by-hand' }
  | { code: 'part-not-failed' }
  | { code: 'more-than-payment'; leftMicros: bigint }
  | { code: 'no-caller-to-erase' }
  | { code: 'carrier-unavailable'; what: string }
  | { code: 'development-only' }
  | { code: 'sign-in-first' };

export type RefusalCode = Refusal['code'];

export interface ShownWith {
  moment(date: Date): string;
  money(micros: bigint): string;
  phone(e164: string): string;
}

const list = (names: readonly string[]): string => new Intl.ListFormat('en', { type: 'disjunction' }).format(names);

/** The sentence a person reads: what did not happen, and who may or what to do next. */
export function sentenceFor(refusal: Refusal, show: ShownWith): string {
  switch (refusal.code) {
    case 'not-found':
      return 'There is nothing at this address that you can open. Check the address, or pick the account again from the switcher.';
    case 'role-missing':
      return `Your role here can’t ${refusal.does}. Ask ${refusal.who.length > 0 ? `a person who is ${list(refusal.who)}` : 'support'} to do it.`;
    case 'account-canceled':
      return `It is canceled, so nobody can ${refusal.does}. Status, in its settings, says who can bring it back and until when.`;
    case 'no-funds':
      return `There are no funds, so nobody can ${refusal.does}. A top-up under Billing that lifts the available balance above zero undoes it at once.`;
    case 'purged':
      return 'Its 60 days have passed, and its data was removed. What is owed to it can still be seen and asked for, from the start page; to use Switchhook again, open a new account.';
    case 'already-closed':
      return `It was already closed on ${show.moment(refusal.closedAt)}. Nothing was changed; Status, in its settings, says who can bring it back and until when.`;
    case 'not-closed':
      return 'The account is not canceled, so there is nothing to reactivate.';
    case 'still-closing':
      return 'The canceling still goes through the sub-accounts. Wait until it is done, a minute at most, then try again.';
    case 'too-late-to-reactivate':
      return `The account could be reactivated until ${show.moment(refusal.until)}. That has passed; to use Switchhook again, open a new account.`;
    case 'agency-canceled':
      return `The agency of this account is canceled, so nobody inside can reactivate it. Until ${show.moment(refusal.until)} support can, on a ticket: together with the agency, or this account alone with a plan of its own.`;
    case 'too-late-to-restore':
      return `The number could be restored until ${show.moment(refusal.until)}. Ask support by a ticket: they can inquire at the carrier, without a promise.`;
    case 'already-released':
      return `The number was already released. It can be restored until ${show.moment(refusal.restorableUntil)}, under Released Numbers.`;
    case 'not-released':
      return 'The number is not released, so there is nothing to restore. Look under Tracking Numbers.';
    case 'not-bought-yet':
      return 'The carrier has not confirmed this number yet. Wait until it shows as active, then try again.';
    case 'number-taken':
      return `${show.phone(refusal.phoneNumber)} is no longer available. Search again and pick another number; nothing was charged.`;
    case 'number-resting':
      return `${show.phone(refusal.phoneNumber)} belonged to somebody until lately and rests until ${show.moment(refusal.reusableFrom)}. Pick another number.`;
    case 'balance-short':
      return `This costs ${show.money(refusal.needMicros)} and the available balance is ${show.money(refusal.haveMicros)}. Top up under Billing first.`;
    case 'paid-by-agency':
      return 'This sub-account is paid by its agency and has no balance of its own. The Agency Administrator or Agency Billing Manager tops up the agency’s balance.';
    case 'feature-missing':
      return `The ${refusal.plan} plan does not let anybody ${refusal.does}. ${list(refusal.plans)} does: ${refusal.payer === 'own' ? 'change the plan under Billing → Change plan.' : 'the agency changes its plan under Billing → Change plan.'}`;
    case 'price-version-taken':
      return `Prices that hold from ${show.moment(refusal.at)} were set already. Choose another moment.`;
    case 'not-sub-account':
      return 'Only for a sub-account somebody else can pay: its agency. This one pays for itself.';
    case 'pays-already':
      return refusal.payer === 'own'
        ? 'This account pays for itself already, so there is nothing to offer.'
        : 'The agency pays for this account already, so there is nothing to offer.';
    case 'other-side':
      return `You can’t ${refusal.does}: it takes both sides, and this one is for a person who is ${list(refusal.who)}. Ask one of them.`;
    case 'own-offer':
      return 'You made this offer yourself. Somebody else of the other side answers it; you can withdraw it.';
    case 'offer-open':
      return `An offer of who pays is open until ${show.moment(refusal.until)}. It has to be answered or withdrawn before another is made.`;
    case 'offer-over':
      return 'This offer was answered, withdrawn, or is too old. Ask the other side for a new one, or make one yourself.';
    case 'owes-first':
      return `The account still owes ${show.money(refusal.oweMicros)} from the time in which it paid for itself. Somebody of either side tops that up under its Billing; then the agency can pay.`;
    case 'payer-without-funds':
      return 'The agency has no funds itself, and calls would end with the change. It tops up first; then it can pay for this account.';
    case 'no-card':
      return 'There is no card to charge. Add one under Billing → Cards first.';
    case 'recharge-needs-card':
      return 'Auto-recharge charges this card, and there is no other. Turn auto-recharge off or add another card first.';
    case 'payment-under-way':
      return 'A payment with this card is under way. Wait until it has ended, a minute as a rule, then try again.';
    case 'currency-mismatch':
      return `The balance is kept in ${refusal.kept}, so it can’t be topped up in ${refusal.given}. Give the amount in ${refusal.kept}.`;
    case 'payments-unavailable':
      return `The payment provider does not answer just now, so ${refusal.what}. Nothing was taken; try again in a minute.`;
    case 'already-paused':
      return 'Number swapping is paused already. Resume turns it on again.';
    case 'not-paused':
      return 'Number swapping is not paused, so there is nothing to resume.';
    case 'already-stopped':
      return 'Incoming calls are stopped already. Resume turns them on again.';
    case 'not-stopped':
      return 'Incoming calls are not stopped, so there is nothing to resume.';
    case 'plan-changed':
      return `What this would do has changed since you looked: ${refusal.differences.join('; ')}. Nothing was done. Look again and confirm.`;
    case 'erasure-unconfirmed':
      return `This would erase ${sayErased(refusal)} that were kept until now. Nothing was saved yet: look at what goes, and confirm.`;
    case 'key-reused':
      return 'This idempotency key was used for another request. Send a fresh key with a new request.';
    case 'invalid-input':
      return Object.values(refusal.fields).join(' ');
    case 'email-taken':
      return 'Somebody already signs in with this e-mail address. Sign in with it, or use another one.';
    case 'already-member':
      return `The person with the address ${refusal.email} has a role here already. Change it in the list instead of inviting them again.`;
    case 'role-above-own':
      return `Only somebody whose own role reaches that far gives or takes the role ${refusal.role}. Ask them to do it.`;
    case 'last-administrator':
      return `This is the last ${refusal.role}, and without one nobody could manage this place. Make somebody else ${refusal.role} first.`;
    case 'owner-stays':
      return 'This person is the owner. Make another person the owner first; then this can be done.';
    case 'owner-only':
      return 'Only the owner hands the ownership on, or the Agency Administrator of a sub-account. Ask one of them.';
    case 'owner-needs-role':
      return `The owner has to be ${refusal.role}. Give the person that role first.`;
    case 'invitation-over':
      return 'This invitation was used, withdrawn, or is too old. Ask whoever sent it for a new one.';
    case 'too-many-invitations':
      return 'That many invitations were sent within a day, from here or to this address. Wait until tomorrow, or tell the person another way.';
    case 'invitation-for-another':
      return `This invitation is for ${refusal.email}. Sign out, and open its link again to sign in with that address.`;
    case 'sign-up-closed':
      return 'Sign-up is closed on this installation. Ask its operator for an invitation.';
    case 'already-held':
      return 'The calls of this account are held already. Lift the hold first to give another reason.';
    case 'not-held':
      return 'The calls of this account are not held, so there is nothing to lift.';
    case 'too-many-tickets':
      return `Within a day ${refusal.perDay} tickets were opened here, and that is enough. Write on one of them, or come back tomorrow.`;
    case 'own-ticket':
      return 'You opened this ticket yourself. Somebody else of the support desk carries it out.';
    case 'ticket-does-not-fit':
      return `This is done only on an open ticket “${refusal.asks}” that the customer’s ${refusal.role} opened after the canceling. Ask them to open one.`;
    case 'ticket-closed':
      return 'This ticket is closed. Open a new one if there is more to say; support can also reopen it.';
    case 'ticket-not-closed':
      return 'The ticket is not closed, so there is nothing to reopen.';
    case 'close-first':
      return 'The Available Balance is refunded only after fully canceling. Close the account first, under Settings → Account Settings → Status, or cancel the agency under Parent Settings; then ask for it.';
    case 'balance-of-agency':
      return `The Available Balance belongs to ${refusal.agencyName}, which pays for this account, and stays there. Its Agency Administrator or Agency Billing Manager asks for it, once the agency is fully canceled.`;
    case 'refund-under-way':
      return `This refund was asked for on ${show.moment(refusal.requestedAt)}, with ticket ${refusal.ticketId}. Follow it there; nothing was asked a second time.`;
    case 'nothing-to-refund':
      return refusal.balanceMicros < 0n
        ? `Once everything is settled the Available Balance is ${show.money(refusal.balanceMicros)}, so there is nothing to refund. Settings → Billing shows every charge.`
        : 'Once everything is settled nothing is left of the Available Balance, so there is nothing to refund. Settings → Billing shows every charge.';
    case 'refund-decided':
      return `This refund is decided already; it stands as “${refusal.state}”. Look again at the ticket.`;
    case 'reactivated-meanwhile':
      return 'It was reactivated after this was asked, so the balance is in use again and is not refunded. Decline the request with that reason; after another closing it can be asked for anew.';
    case 'part-not-by-hand':
      return 'This part is not waiting to be paid by hand: it is paid already, or goes back to a payment by itself. Look again at the ticket.';
    case 'more-than-payment':
      return `Only ${show.money(refusal.leftMicros)} of that payment can still be refunded. Pay this part by hand instead.`;
    case 'part-not-failed':
      return 'This part did not fail for good: it is paid, may still arrive, or was ordered anew. Look again at the ticket.';
    case 'no-caller-to-erase':
      return 'This call names no caller: the number was withheld, or erased already. There is nothing to erase; look at another call of theirs.';
    case 'carrier-unavailable':
      return `The carrier does not answer just now, so ${refusal.what}. Nothing was charged; try again in a minute.`;
    case 'development-only':
      return 'This belongs to development: it works only with the embedded database on this machine.';
    case 'sign-in-first':
      return 'Sign in first.';
  }
}

function sayErased({ visits, addresses }: { visits: number; addresses: number }): string {
  const counted = (count: number, one: string, many: string) =>
    count > 0 ? [`${count.toLocaleString('en-US')} ${count === 1 ? one : many}`] : [];
  return [...counted(visits, 'visit', 'visits'), ...counted(addresses, 'address', 'addresses')].join(' and ');
}
