import fc from 'fast-check';
import type { SwitchKind } from '../../src/rules/standing.ts';
import { pick, wait } from './history.ts';

/** Who asks: the agency's Administrator, or the sub-account's own, who may have lost that role. */
export type Asker = 'agency' | 'client';

/** One thing that happens in a random life of an agency. Sub-accounts and numbers are picked by index. */
export type AgencyStep =
  | { do: 'open' }
  | { do: 'cancel' }
  | { do: 'top up'; units: number }
  | { do: 'buy' | 'close' | 'reactivate'; account: number; by: Asker }
  | { do: 'turn' | 'resume'; account: number; by: Asker; kind: SwitchKind }
  /** The sub-account's own Administrator loses the role, perhaps while asking to close it, or has it again. */
  | { do: 'demote'; account: number; isAsking: boolean }
  | { do: 'promote'; account: number }
  | { do: 'release' | 'restore'; pick: number; by: Asker }
  | { do: 'call'; pick: number; minutes: number }
  | { do: 'wait'; ms: number }
  /** The worker's look, or only its first part: the agency's closure comes round to the sub-accounts. */
  | { do: 'sweep' | 'carry out' };

const account = fc.nat({ max: 3 });
const by = fc.constantFrom<Asker>('agency', 'client');
const kind = fc.constantFrom<SwitchKind>('pause', 'stop');
const all = <Do extends string>(...names: Do[]) => fc.constantFrom(...names);

const step: fc.Arbitrary<AgencyStep> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: all('open') }) },
  { weight: 2, arbitrary: fc.record({ do: all('cancel') }) },
  { weight: 1, arbitrary: fc.record({ do: all('top up'), units: fc.integer({ min: 10, max: 500 }) }) },
  { weight: 8, arbitrary: fc.record({ do: all('buy', 'buy', 'close', 'reactivate'), account, by }) },
  { weight: 3, arbitrary: fc.record({ do: all('turn', 'resume'), account, by, kind }) },
  { weight: 1, arbitrary: fc.record({ do: all('demote'), account, isAsking: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: all('promote'), account }) },
  { weight: 5, arbitrary: fc.record({ do: all('release', 'restore', 'restore'), pick, by }) },
  { weight: 3, arbitrary: fc.record({ do: all('call'), pick, minutes: fc.integer({ min: 1, max: 900 }) }) },
  { weight: 5, arbitrary: wait.map((ms) => ({ do: 'wait' as const, ms })) },
  { weight: 4, arbitrary: fc.record({ do: all('sweep', 'sweep', 'sweep', 'carry out') }) },
);

/** Of up to so many steps; `isLong` makes most of them nearly so long, instead of about ten. */
export const agencyHistory = (lengthMax: number, isLong = false): fc.Arbitrary<AgencyStep[]> =>
  fc.array(step, { minLength: 3, maxLength: lengthMax, ...(isLong ? { size: 'max' } : {}) });
