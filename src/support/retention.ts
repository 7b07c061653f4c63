import type { Fates } from '../rules/retention.ts';

export const fates: Fates = {
  ticket: {
    fate: 'blanked',
    columns: ['step', 'last_refusal', 'subject'],
    why: 'A refund can be asked for longer than the data is kept; that it was asked, by whom and when, stays.',
  },
  ticket_message: { fate: 'purged' },
};
