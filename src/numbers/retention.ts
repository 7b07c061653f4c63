import type { Fates } from '../rules/retention.ts';

export const fates: Fates = {
  tracking_number: { fate: 'purged' },
  receiving_number: { fate: 'purged' },
  tracking_source: { fate: 'purged' },
  release: { fate: 'purged' },
  carrier_command: { fate: 'purged' },
  number_directory: {
    fate: 'kept',
    why: 'A returned number must rest its 45 days whoever had it; the row is forgotten when it is bought again.',
  },
};
