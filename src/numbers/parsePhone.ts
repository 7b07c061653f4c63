import { parsePhoneNumberFromString } from 'libphonenumber-js';
import type { Feature } from '../rules/features.ts';

/** What a person typed, as E.164; null when it can't be a phone number. Without a country code it is read as North American. */
export function parsePhone(text: string): string | null {
  const parsed = parsePhoneNumberFromString(text.slice(0, 40), 'US');
  return parsed?.isPossible() && !parsed.ext ? parsed.number : null;
}

const tollFreeAreaCodes = new Set(['800', '833', '844', '855', '866', '877', '888']);

export function kindOf(phoneNumber: string): 'local' | 'tollfree' {
  return phoneNumber.startsWith('+1') && tollFreeAreaCodes.has(phoneNumber.slice(2, 5)) ? 'tollfree' : 'local';
}

/** What buying a number takes of a plan, beyond what every plan has. */
export function featuresOfNumber(phoneNumber: string): Feature[] {
  if (kindOf(phoneNumber) === 'tollfree') return ['toll-free-numbers'];
  return parsePhoneNumberFromString(phoneNumber)?.country === 'CA' ? ['canadian-numbers'] : [];
}
