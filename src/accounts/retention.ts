import type { Fates } from '../rules/retention.ts';

export const fates: Fates = {
  account: {
    fate: 'blanked',
    columns: ['website', 'refusal_message'],
    why: 'Its name and id stay, so that what is owed has an owner.',
  },
  closure: { fate: 'kept', why: 'The record of who ended the account, when, and what was promised.' },
  switch: { fate: 'purged' },
  membership: { fate: 'kept', why: 'A person still signs in after the purge to see what is owed to them.' },
};
