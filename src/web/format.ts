import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { toCents } from '../rules/money.ts';

const dateFormats = new Map<string, Intl.DateTimeFormat>();

function parts(date: Date, timeZone: string, options: Intl.DateTimeFormatOptions): Record<string, string> {
  const key = `${timeZone} ${JSON.stringify(options)}`;
  let format = dateFormats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { timeZone, ...options });
    dateFormats.set(key, format);
  }
  return Object.fromEntries(format.formatToParts(date).map((part) => [part.type, part.value]));
}

/** "3 May 2027, 14:10 EDT" */
export function formatMoment(date: Date, timeZone: string): string {
  const at = parts(date, timeZone, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  });
  return `${at.day} ${at.month} ${at.year}, ${at.hour}:${at.minute} ${at.timeZoneName}`;
}

/** "3 May 2027" */
export function formatDay(date: Date, timeZone: string): string {
  const at = parts(date, timeZone, { day: 'numeric', month: 'long', year: 'numeric' });
  return `${at.day} ${at.month} ${at.year}`;
}

/** "3 May, 14:10": for lists whose year is plain and whose zone is said above them. */
export function formatShortMoment(date: Date, timeZone: string): string {
  const at = parts(date, timeZone, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return `${at.day} ${at.month}, ${at.hour}:${at.minute}`;
}

/** "3 May": for dates within the year. */
export function formatShortDay(date: Date, timeZone: string): string {
  const at = parts(date, timeZone, { day: 'numeric', month: 'short' });
  return `${at.day} ${at.month}`;
}

/** "2:05", from an hour on "1:02:05". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const two = (value: number) => String(value).padStart(2, '0');
  const tail = `${two(whole % 60)}`;
  return hours > 0 ? `${hours}:${two(minutes)}:${tail}` : `${minutes}:${tail}`;
}

/** "$1,234.50": exact, rounded half to even to cents. */
export function formatMoney(micros: bigint, currency: string): string {
  const cents = toCents(micros);
  const size = cents < 0n ? -cents : cents;
  const decimal = `${cents < 0n ? '-' : ''}${size / 100n}.${String(size % 100n).padStart(2, '0')}`;
  return new Intl.NumberFormat('en-US', { style: 'currency', currency, minimumFractionDigits: 2 }).format(
    decimal as Intl.StringNumericLiteral,
  );
}

/** "5,012" */
export function formatCount(count: number | bigint): string {
  return count.toLocaleString('en-US');
}

/** "(410) 555-1212" in North America, "+44 20 7946 0958" elsewhere; anything that is no number comes back as it is. */
export function formatPhone(e164: string): string {
  const number = parsePhoneNumberFromString(e164);
  if (!number) return e164;
  return number.countryCallingCode === '1' ? number.formatNational() : number.formatInternational();
}

const rateFormats = new Map<string, Intl.NumberFormat>();

/** "$0.045": a price per minute or piece, to the last decimal that it has, and at least in cents. */
export function formatRate(micros: bigint, currency: string): string {
  let format = rateFormats.get(currency);
  if (!format) {
    const decimals = { minimumFractionDigits: 2, maximumFractionDigits: 6 };
    format = new Intl.NumberFormat('en-US', { style: 'currency', currency, ...decimals });
    rateFormats.set(currency, format);
  }
  const size = micros < 0n ? -micros : micros;
  const rest = String(size % 1_000_000n).padStart(6, '0');
  return format.format(`${micros < 0n ? '-' : ''}${size / 1_000_000n}.${rest}` as `${number}`);
}

/** "2 minutes ago": whole units, the largest that fits; what lies ahead of the clock is "just now". */
export function formatAgo(at: Date, now: Date): string {
  const seconds = Math.floor((now.getTime() - at.getTime()) / 1000);
  if (seconds < 60) return 'just now';
  const [count, unit] =
    seconds < 3_600
      ? [Math.floor(seconds / 60), 'minute']
      : seconds < 86_400
        ? [Math.floor(seconds / 3_600), 'hour']
        : [Math.floor(seconds / 86_400), 'day'];
  return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
}

/** "example.com/contact": a web address as people say it, without what follows the path; anything else comes back as it is. */
export function formatAddress(address: string): string {
  if (!URL.canParse(address)) return address;
  const { host, pathname, protocol } = new URL(address);
  const path = pathname === '/' ? '' : pathname.replace(/\/$/, '');
  return protocol === 'http:' || protocol === 'https:' ? `${host}${path}` : address.replace(/\/$/, '');
}
