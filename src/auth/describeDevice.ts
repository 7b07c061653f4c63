import Bowser from 'bowser';

/** A user agent in a few words, for somebody who looks for the sign-in that isn't theirs. */
export function describeDevice(userAgent: string | null): string {
  const { browser, os } = Bowser.parse(userAgent || 'unknown');
  const words = [browser.name, os.name].filter(Boolean);
  return words.length > 0 ? words.join(' on ') : 'A script or an unknown program';
}
