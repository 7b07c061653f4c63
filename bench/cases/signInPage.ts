import type { Case } from '../compare.ts';
import { comparePage } from '../comparePage.ts';

export const signInPage: Case = {
  name: 'sign-in-page',
  ours: 'GET /sign-in',
  floor: 'the same server: a constant page of the same length',
  unit: 'requests/s',
  better: 'higher',
  aim: 0.5,
  open: (stage) => comparePage(stage, async () => ({ path: '/sign-in', holds: 'Sign in', headers: {} })),
};
