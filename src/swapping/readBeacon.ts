import type { VisitBeacon } from '../rules/swapping.ts';

/** A beacon that can't be read: the sentence says what is wrong with it. */
export class MalformedBeacon extends Error {
  override readonly name = 'MalformedBeacon';
}

const addressLengthMax = 2_000;
/** An account has at most 100 target numbers, and a number each may stand in for them. */
const shownMax = 200;
const kinds: readonly unknown[] = ['page', 'live', 'dial'] satisfies VisitBeacon['kind'][];

/**
 * Reads what the script sends. It comes from anybody's browser, so each part is looked at; what else is in it is left. Null for
 * a page from a file or from inside an app: the script runs there as well, and it is nobody's visit.
 */
export function readBeacon(body: unknown): VisitBeacon | null {
  const sent = parse(body);
  const { kind, source, shown } = sent;
  if (!kinds.includes(kind)) throw new MalformedBeacon('“kind” is none of page, live and dial.');
  if (isMatch(sent.page, /^(?!https?:)[a-z][a-z\d+.-]*:\/\//i)) return null;
  if (source !== null && !isMatch(source, /^TSO[\w-]{1,64}$/))
    throw new MalformedBeacon('“source” is neither null nor the id of a tracking source.');
  if (
    !Array.isArray(shown) ||
    shown.length > shownMax ||
    !shown.every((each) => isMatch(each, /^\+[1-9]\d{0,2} ?\d{4,14}$/))
  )
    throw new MalformedBeacon(
      `“shown” is not a list of at most ${shownMax} phone numbers in E.164, with or without a space behind the country’s code.`,
    );
  return {
    kind: kind as VisitBeacon['kind'],
    version: must(sent, 'version', /^[\w.-]{0,64}$/, 'a version of at most 64 characters'),
    visitor: must(sent, 'visitor', /^[0-9a-f]{24}$/, '24 hexadecimal digits'),
    visit: must(sent, 'visit', /^[0-9a-f]{24}$/, '24 hexadecimal digits'),
    page: mustBeAddress(sent, 'page'),
    landing: mustBeAddress(sent, 'landing'),
    referrer: sent.referrer === '' ? '' : mustBeAddress(sent, 'referrer', true),
    source: source as string | null,
    shown: [...new Set((shown as string[]).map((each) => each.replace(' ', '')))],
  };
}

function parse(body: unknown): Record<string, unknown> {
  try {
    const sent: unknown = typeof body === 'string' ? JSON.parse(body) : null;
    if (sent !== null && typeof sent === 'object' && !Array.isArray(sent)) return sent as Record<string, unknown>;
  } catch {}
  throw new MalformedBeacon('The body is not a JSON object, sent as text/plain.');
}

const isMatch = (value: unknown, pattern: RegExp): value is string => typeof value === 'string' && pattern.test(value);

function must(sent: Record<string, unknown>, name: string, pattern: RegExp, wanted: string): string {
  const value = sent[name];
  if (!isMatch(value, pattern)) throw new MalformedBeacon(`“${name}” is not ${wanted}.`);
  return value;
}

/** An address as it is kept: of the web, without a name or password in it, and in plain letters. */
function mustBeAddress(sent: Record<string, unknown>, name: string, isApp = false): string {
  const value = sent[name];
  const address =
    typeof value === 'string' && value.length <= addressLengthMax && URL.canParse(value) ? new URL(value) : null;
  // Apps are referrers as well: android-app://com.google.android.gm
  if (!address || !(isApp ? /^(?:https?|android-app|ios-app):$/ : /^https?:$/).test(address.protocol))
    throw new MalformedBeacon(`“${name}” is not an http or https address of at most ${addressLengthMax} characters.`);
  address.username = '';
  address.password = '';
  return address.href.slice(0, addressLengthMax);
}
