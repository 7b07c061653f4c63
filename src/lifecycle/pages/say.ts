import { type Action, permissions, roleNames } from '../../rules/permission.ts';

/** "1 tracking number", "3 tracking numbers". */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** What stands in place of a button that somebody's role can't press: who can. */
export function whoMay(action: Action): string {
  const { who, does } = permissions[action];
  const names = new Intl.ListFormat('en', { type: 'disjunction' }).format(who.map((role) => roleNames[role]));
  return `Your role can’t ${does}. A person who is ${names} can.`;
}
