import type { Case } from '../compare.ts';
import { inboundCall, openInboundCalls } from './inboundCall.ts';

export const inboundCallOneAccount: Case = {
  ...inboundCall,
  name: 'inbound-call-one-account',
  ours: 'the same with every call to one account, whose row all of them hold',
  aim: 0.5,
  open: (stage) => openInboundCalls(stage, 10),
};
