import type { ChargeCause } from '../store.ts';
import type { ChargeLine } from './store.ts';

export const causeNames: Readonly<Record<ChargeCause, string>> = {
  subscription: 'Plan',
  'plan-change': 'Change of plan',
  'unused-time': 'Unused time',
  number: 'Numbers',
  call: 'Calls',
  'included-minutes': 'Included minutes',
};

type Named = Pick<ChargeLine, 'cause' | 'kind' | 'description'>;

/** What a line of a statement charges, in the words of the price list. */
export function nameLine({ cause, kind, description }: Named): string {
  const tollFree = kind === 'tollfree';
  switch (cause) {
    case 'number':
      return `${tollFree ? 'Toll-free' : 'Local'} number`;
    case 'call':
      return `Incoming minutes${tollFree ? ', toll-free' : ''}`;
    case 'included-minutes':
      return 'Included minutes';
    default:
      return description ?? cause;
  }
}

/** What its quantity counts. */
export function unitOf({ cause }: Pick<ChargeLine, 'cause'>, quantity: number): string {
  const unit = cause === 'call' || cause === 'included-minutes' ? 'minute' : cause === 'number' ? 'month' : '';
  return unit && `${unit}${quantity === 1 ? '' : 's'}`;
}
