import { datesOfArrears } from '../../src/rules/arrears.ts';
import { nextPeriod, rateCall } from '../../src/rules/charging.ts';
import { decideClosing, decideReactivation, type OpenClosure } from '../../src/rules/closing.ts';
import { decideRelease, decideRestore, isReturnDue, type OpenRelease } from '../../src/rules/numbers.ts';
import { type Action, decidePermission, type Role } from '../../src/rules/permission.ts';
import { decideRoute } from '../../src/rules/routing.ts';
import { type Switch, type SwitchKind, standingOf } from '../../src/rules/standing.ts';
import { decideResuming, decideTurning } from '../../src/rules/switches.ts';
import { addMonths } from '../../src/rules/time.ts';
import type { AgencyStep, Asker } from './agencyHistory.ts';

/* A random life of an agency, decided by the rules alone; a log tells what happened, and the oracle reads only that. */

const zone = 'America/New_York';
const feeMicros = 149_000_000n;
const monthlyPriceMicros = 2_500_000n;
const minuteMicros = 45_000n;

/** Account -1 is the agency itself. */
export const agency = -1;

export type Happening = { at: Date; account: number } & (
  | { what: 'opened' | 'demoted' | 'promoted' }
  | { what: 'closed'; asOf: Date; until: Date }
  | { what: 'reactivated'; by: Asker }
  | { what: 'turned' | 'resumed'; kind: SwitchKind; by: Asker }
  | { what: 'bought' | 'restored'; number: number; by: Asker }
  | { what: 'released'; number: number; asOf: Date }
  | { what: 'returned'; number: number }
  | { what: 'paid'; micros: bigint }
  /** `seenAt`: when it was charged; the moment that it bears may lie before. */
  | { what: 'charged'; micros: bigint; seenAt: Date }
  | { what: 'rang'; number: number; connected: boolean }
);

interface SubAccount {
  id: number;
  closure: OpenClosure | null;
  switches: Switch[];
  clientRoles: Role[];
}

interface OneNumber {
  id: number;
  of: SubAccount;
  boughtAt: Date;
  anchor: Date;
  paidUntil: Date;
  release: OpenRelease | null;
  returned: boolean;
}

export function liveAgency(steps: readonly AgencyStep[]): Happening[] {
  const log: Happening[] = [];
  const accounts: SubAccount[] = [];
  const numbers: OneNumber[] = [];
  const anchor = new Date('2027-01-31T12:00:00.000Z');
  let now = anchor;
  let canceled: OpenClosure | null = null;
  let isCarriedOut = false;
  let paidUntil = addMonths(anchor, 1, zone);
  let balanceMicros = 0n;
  let noFundsFrom: Date | null = null;

  const pay = (micros: bigint) => {
    balanceMicros += micros;
    if (balanceMicros > 0n) noFundsFrom = null;
    log.push({ what: 'paid', account: agency, at: now, micros });
  };
  const charge = (account: number, at: Date, micros: bigint) => {
    balanceMicros -= micros;
    if (balanceMicros <= 0n) noFundsFrom ??= datesOfArrears(null, now).noFundsFrom;
    log.push({ what: 'charged', account, at, micros, seenAt: now });
  };
  const standing = (account?: SubAccount) =>
    standingOf(
      {
        closure: account?.closure ?? canceled,
        noFundsFrom,
        switches: account?.switches ?? [],
      },
      now,
    );
  const may = (action: Action, by: Asker, account?: SubAccount) =>
    decidePermission(action, by === 'agency' ? ['agency-administrator'] : account!.clientRoles, standing(account)).ok;
  const open = () => {
    log.push({ what: 'opened', account: accounts.length, at: now });
    accounts.push({ id: accounts.length, closure: null, switches: [], clientRoles: ['administrator'] });
  };
  const closeOne = (account: SubAccount, closure: OpenClosure) => {
    account.closure = closure;
    const { closedAt: asOf, reactivatableUntil: until, numbersRestorableUntil: restorableUntil } = closure;
    log.push({ what: 'closed', account: account.id, at: now, asOf, until });
    for (const number of numbers) {
      if (number.of !== account || number.release) continue;
      number.release = { releasedAt: asOf, restorableUntil, returnOrderedAt: null };
      log.push({ what: 'released', account: account.id, number: number.id, at: now, asOf });
    }
  };
  const carryOut = () => {
    if (!canceled || isCarriedOut) return;
    for (const account of accounts) if (!account.closure) closeOne(account, canceled);
    isCarriedOut = true;
  };
  const isOver = ({ of, release }: OneNumber, moment: Date) =>
    [canceled?.closedAt, of.closure?.closedAt, release?.releasedAt].some((end) => end && end <= moment);

  pay(600_000_000n);
  charge(agency, now, feeMicros);
  open();
  open();
  for (const step of steps) {
    const account = 'account' in step ? accounts[step.account % accounts.length]! : undefined;
    const number = 'pick' in step ? numbers[step.pick % Math.max(1, numbers.length)] : undefined;
    switch (step.do) {
      case 'wait':
        now = new Date(now.getTime() + step.ms);
        break;
      case 'open':
        if (may('open-sub-account', 'agency')) open();
        break;
      case 'top up':
        if (may('top-up', 'agency')) pay(BigInt(step.units) * 1_000_000n);
        break;
      case 'demote':
      case 'promote':
        if (!may('manage-users', 'agency', account)) break;
        account!.clientRoles = step.do === 'demote' ? ['call-agent'] : ['administrator'];
        log.push({ what: `${step.do}d`, account: account!.id, at: now });
        break;
      case 'cancel': {
        const decision = decideClosing(canceled, now);
        if (!may('cancel-agency', 'agency') || !decision.ok) break;
        canceled = { closedAt: now, ...decision.value };
        log.push({ what: 'closed', account: agency, at: now, asOf: now, until: canceled.reactivatableUntil });
        break;
      }
      case 'close': {
        const decision = decideClosing(account!.closure ?? canceled, now);
        if (may('close-account', step.by, account) && decision.ok)
          closeOne(account!, { closedAt: now, ...decision.value });
        break;
      }
      case 'reactivate':
        if (!may('reactivate-account', step.by, account)) break;
        if (!decideReactivation(account!.closure ?? canceled, now, canceled !== null).ok) break;
        account!.closure = null;
        log.push({ what: 'reactivated', account: account!.id, at: now, by: step.by });
        break;
      case 'turn': {
        const { kind, by } = step;
        if (!may(kind === 'pause' ? 'pause-tracking' : 'stop-calls', by, account)) break;
        if (!decideTurning('account', kind, account!.switches).ok) break;
        account!.switches.push({ level: 'account', kind, since: now, by, why: null });
        log.push({ what: 'turned', account: account!.id, at: now, kind, by });
        break;
      }
      case 'resume': {
        const { kind, by } = step;
        if (!may(kind === 'pause' ? 'resume-tracking' : 'resume-calls', by, account)) break;
        if (!decideResuming('account', kind, account!.switches).ok) break;
        account!.switches = account!.switches.filter((each) => each.kind !== kind);
        log.push({ what: 'resumed', account: account!.id, at: now, kind, by });
        break;
      }
      case 'buy': {
        if (!may('buy-number', step.by, account) || balanceMicros < monthlyPriceMicros) break;
        const until = addMonths(now, 1, zone);
        const id = numbers.length;
        numbers.push({
          id,
          of: account!,
          boughtAt: now,
          anchor: now,
          paidUntil: until,
          release: null,
          returned: false,
        });
        log.push({ what: 'bought', account: account!.id, number: id, at: now, by: step.by });
        charge(account!.id, now, monthlyPriceMicros);
        break;
      }
      case 'release': {
        if (!number || !may('release-number', step.by, number.of)) break;
        const decision = decideRelease({ ...number, monthlyPriceMicros }, now);
        if (!decision.ok) break;
        number.release = { releasedAt: now, ...decision.value, returnOrderedAt: null };
        log.push({ what: 'released', account: number.of.id, number: number.id, at: now, asOf: now });
        break;
      }
      case 'restore': {
        if (!number || !may('restore-number', step.by, number.of)) break;
        const decision = decideRestore({ ...number, monthlyPriceMicros }, zone, now);
        if (!decision.ok) break;
        const { priceMicros, paidUntil } = decision.value;
        if (priceMicros > 0n && balanceMicros < priceMicros) break;
        Object.assign(number, { release: null, paidUntil, anchor: priceMicros > 0n ? now : number.anchor });
        log.push({ what: 'restored', account: number.of.id, number: number.id, at: now, by: step.by });
        if (priceMicros > 0n) charge(number.of.id, now, priceMicros);
        break;
      }
      case 'call': {
        if (!number || number.returned) break;
        const called = { standing: standing(number.of), released: number.release !== null };
        const route = decideRoute({ ...called, receivingNumber: '+12125550199', refusalMessage: '' });
        const connected = route.kind === 'forward';
        log.push({ what: 'rang', account: number.of.id, number: number.id, at: now, connected });
        if (!connected) break;
        const answered = { status: 'answered', answeredAt: now, endedAt: null, ringSeconds: null } as const;
        const call = { ...answered, durationSeconds: null, talkSeconds: step.minutes * 60 };
        const rated = rateCall(call, null);
        if (rated) charge(number.of.id, rated.at, rated.minutes * minuteMicros);
        break;
      }
      case 'carry out':
        carryOut();
        break;
      case 'sweep':
        carryOut();
        while (paidUntil <= now && !(canceled && canceled.closedAt <= paidUntil)) {
          charge(agency, paidUntil, feeMicros);
          paidUntil = nextPeriod(anchor, paidUntil, zone).until;
        }
        for (const each of numbers) {
          while (each.paidUntil <= now && !isOver(each, each.paidUntil)) {
            charge(each.of.id, each.paidUntil, monthlyPriceMicros);
            each.paidUntil = nextPeriod(each.anchor, each.paidUntil, zone).until;
          }
          if (!each.release || !isReturnDue(each.release, now)) continue;
          each.release = { ...each.release, returnOrderedAt: now };
          each.returned = true;
          log.push({ what: 'returned', account: each.of.id, number: each.id, at: now });
        }
    }
  }
  return log;
}
