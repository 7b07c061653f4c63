import { test } from 'node:test';
import { seed } from '../histories/history.ts';
import { surviveBillingKills } from './billing.ts';

test(`30 kills of the worker in a billing run of 10,000 accounts (seed ${seed})`, () =>
  surviveBillingKills(10_000, 30));
