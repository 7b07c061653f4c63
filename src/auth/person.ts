import { passwordLengthMax, passwordLengthMin } from './auth.ts';

export const isEmail = (text: string): boolean => /^[^\s@]{1,64}@[^\s@]+\.[^\s@]{2,}$/.test(text) && text.length <= 254;

/** What is wrong with a person's name, e-mail address or password, by field. */
export function findPersonMistakes(person: {
  personName: string;
  email: string;
  password: string;
}): Record<string, string> {
  const fields: Record<string, string> = {};
  if (person.personName === '' || person.personName.length > 120)
    fields.personName = 'Give a name of 1 to 120 characters.';
  if (!isEmail(person.email)) fields.email = 'Give an e-mail address, such as pat@example.com.';
  const mistake = findPasswordMistake(person.password);
  if (mistake) fields.password = mistake;
  return fields;
}

export function findPasswordMistake(password: string): string | null {
  if (password.length >= passwordLengthMin && password.length <= passwordLengthMax) return null;
  return `Choose a password of ${passwordLengthMin} to ${passwordLengthMax} characters.`;
}
