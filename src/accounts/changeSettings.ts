import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { type Decision, Refused } from '../rules/decision.ts';
import { isTimeZone } from '../rules/time.ts';
import { type AccountSettings, updateSettings } from './store.ts';

const nameLengthMax = 120;
const messageLengthMax = 500;

/** Changes what an account is called, its zone, and the words that refused callers hear. */
export async function changeSettings(
  doors: Doors,
  actor: Actor,
  accountId: number,
  settings: AccountSettings,
  key: string,
): Promise<Decision<true>> {
  return perform(
    doors,
    { action: 'change-settings', actor, ownerId: accountId, key, input: settings },
    async ({ tx, note }) => {
      const fields = findMistakes(settings);
      if (Object.keys(fields).length > 0) throw new Refused({ code: 'invalid-input', fields });
      await updateSettings(tx, accountId, settings);
      note({ ...settings });
      return true;
    },
  );
}

function findMistakes(settings: AccountSettings): Record<string, string> {
  const fields: Record<string, string> = {};
  if (settings.name === '' || settings.name.length > nameLengthMax)
    fields.name = `Give a name of 1 to ${nameLengthMax} characters.`;
  if (!isTimeZone(settings.timeZone)) fields.timeZone = 'Choose a time zone from the list.';
  if (settings.website !== null && !/^https?:\/\/[^\s/]+\.[^\s]+$/.test(settings.website)) {
    fields.website = 'Give the website’s whole address, such as https://example.com.';
  }
  if (settings.refusalMessage === '' || settings.refusalMessage.length > messageLengthMax) {
    fields.refusalMessage = `Give a message of 1 to ${messageLengthMax} characters.`;
  }
  return fields;
}
