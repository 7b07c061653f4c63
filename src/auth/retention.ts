import type { Fates } from '../rules/retention.ts';

export const fates: Fates = {
  person: {
    fate: 'kept',
    why: 'People belong to themselves: they may have other accounts, and sign in to see what is owed.',
  },
  credential: { fate: 'kept', why: 'It goes with the person.' },
  session: { fate: 'kept', why: 'It goes with the person, and ends by itself.' },
  verification: { fate: 'kept', why: 'It belongs to no account, and ends by itself.' },
  second_factor: { fate: 'kept', why: 'It goes with the person.' },
  invitation: { fate: 'purged' },
  staff: { fate: 'kept', why: 'It belongs to the installation.' },
};
