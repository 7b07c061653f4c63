import type { Fates } from '../rules/retention.ts';

export const fates: Fates = {
  call: { fate: 'purged' },
  call_event: { fate: 'purged' },
  call_visit: { fate: 'purged' },
};
