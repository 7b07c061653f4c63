import type { House } from '../platform/house.ts';
import { findCarrierNumberIds } from './store.ts';

/** Where the carrier asks about calls of ours, and tells how they went. */
export function voiceUrls(publicUrl: string): { voiceUrl: string; statusCallbackUrl: string } {
  return {
    voiceUrl: `${publicUrl}/carriers/voice`,
    statusCallbackUrl: `${publicUrl}/carriers/voice/status#rc=3&rp=all`,
  };
}

/**
 * Points every number of ours at this installation: after PUBLIC_URL changed, calls would ring nowhere. Looks before it
 * writes, and leaves alone what the same carrier account rents for other software.
 */
export async function pointNumbers(house: House): Promise<number> {
  const urls = voiceUrls(house.config.publicUrl);
  const ours = await findCarrierNumberIds(house.db, house.carrier.name);
  let pointed = 0;
  for await (const number of house.carrier.list()) {
    if (!ours.has(number.carrierNumberId)) continue;
    if (number.voiceUrl === urls.voiceUrl && number.statusCallbackUrl === urls.statusCallbackUrl) continue;
    await house.carrier.configure(number.carrierNumberId, urls);
    pointed += 1;
  }
  return pointed;
}
