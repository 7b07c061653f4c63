import type { Fates } from '../rules/retention.ts';

export const fates: Fates = {
  agency: {
    fate: 'kept',
    why: 'It is needed to say whose the closure and the balance are; a purge empties its accounts, not the name on the bill.',
  },
  agency_closure: { fate: 'kept', why: 'The record of who ended the agency, when, and what was promised.' },
  agency_switch: { fate: 'purged' },
};
