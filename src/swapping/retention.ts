import type { Fates } from '../rules/retention.ts';

export const fates: Fates = {
  target_number: { fate: 'purged' },
  number_target: { fate: 'purged' },
  number_pool: { fate: 'purged' },
  swapping_settings: { fate: 'purged' },
  visitor: { fate: 'purged' },
  visit: { fate: 'purged' },
  page_view: { fate: 'purged' },
  showing: { fate: 'purged' },
  pool_assignment: { fate: 'purged' },
  seen_site: { fate: 'purged' },
};
