import type { Fates } from '../rules/retention.ts';

export const fates: Fates = {
  clock: { fate: 'kept', why: 'It belongs to the installation and says nothing of anybody.' },
  migration: { fate: 'kept', why: 'It belongs to the installation and says nothing of anybody.' },
  house_setting: { fate: 'kept', why: 'Secrets of the installation; no customer’s.' },
  deed: { fate: 'kept', why: 'The journal proves what was done and by whom, the purge included.' },
  mail: {
    fate: 'kept',
    why: 'It belongs to no account; what it says is forgotten once sent, and all of it after a month.',
  },
};
