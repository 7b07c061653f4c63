import type { World } from './world.ts';

/* Whatever people and strangers may write, as one word without an end. */

const word = (letters: number) => 'Anchorplumbingemergency'.repeat(20).slice(0, letters);
const address = `https://${'anchorplumbing'.repeat(4)}.example/${word(300)}?utm_campaign=${word(320)}`;

/** Free text of each table, and how long it may be. Names must differ, so each ends with its row's place. */
const names = {
  account: ['name', 'website'],
  agency: ['name'],
  person: ['name'],
  tracking_source: ['name', 'description'],
  tracking_number: ['name'],
  target_number: ['name'],
  receiving_number: ['name'],
} as const;
const texts = {
  invitation: ['email'],
  visit: ['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content', 'click_id'],
  ticket: ['step', 'subject', 'last_refusal'],
  ticket_message: ['body'],
  mail: ['to_name', 'subject', 'last_error'],
  switch: ['why'],
  closure: ['why'],
  agency_closure: ['why'],
  payer_offer: ['note'],
  charge: ['description'],
  posting: ['description'],
  payment: ['failure'],
  refund: ['decline_reason'],
  refund_part: ['payee', 'failure'],
  carrier_command: ['last_error'],
} as const;
const addresses = {
  visit: ['referrer', 'landing_url', 'page_url'],
  page_view: ['url'],
  showing: ['page_url'],
  seen_site: ['page_url'],
} as const;

/** Writes long words over all free text of a world. */
export async function writeLongWords({ house }: World): Promise<void> {
  const over = async (tables: Record<string, readonly string[]>, text: string, differs = false) => {
    for (const [table, columns] of Object.entries(tables))
      for (const column of columns) {
        const value = differs ? `$1 || (select count(*) from ${table} o where o.ctid <= ${table}.ctid)` : '$1';
        await house.pool.query(`update ${table} set ${column} = ${value} where ${column} is not null or ${differs}`, [
          text,
        ]);
      }
  };
  await over(names, word(116), true);
  await over(texts, word(320));
  await over(addresses, address);
  await house.pool.query(`update seen_site set host = $1`, [`${'anchorplumbing'.repeat(4)}.example`]);
  await house.pool.query(`update tracking_source set utm_campaign = $1 where is_onsite`, [word(100)]);
}
