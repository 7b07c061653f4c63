import { actions, type Fit, permissions, type Role, roleNames, roles } from './permission.ts';
import { policy } from './policy.ts';
import { allowances, standings } from './standing.ts';

const yesNo = (is: boolean): string => (is ? 'yes' : 'no');
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  row(head) + row(head.map(() => '---')) + rows.map(row).join('');

const fitNames: Record<Fit, string> = {
  read: 'until the purge',
  leave: 'until canceled',
  change: 'open, paused or stopped',
  pay: 'until canceled',
  return: 'canceled',
  owed: 'canceled, and after the purge',
  house: 'any',
};

/** The life of an account as one page, printed from the tables that the product itself obeys. */
export function printLifecycle(): string {
  const clocks = table(
    ['Clock', 'Days', 'Counted from', 'What ends'],
    [
      [
        'restore',
        String(policy.restoreWindowDays),
        'the release of that number',
        'self-service Restore; the number goes back to the carrier',
      ],
      [
        'reactivate',
        String(policy.reactivateWindowDays),
        'the closing',
        'opening, exporting and reactivating the canceled account',
      ],
      ['refund', String(policy.refundWindowDays), 'the closing', 'asking for a refund of the available balance'],
      [
        'reuse',
        String(policy.reuseAfterReturnDays),
        'the return to the carrier',
        'the rest of the number: another account may have it',
      ],
    ],
  );
  const calendar = table(
    ['Day', 'What happens'],
    [
      ...policy.reminderDays.map((day) => [String(day), 'a mail to everybody who may top up']),
      [
        String(policy.noFundsDay),
        '(no funds): swapping off, calls answered with the message for refused callers; of an agency, for all sub-accounts that it pays for; one more mail',
      ],
    ],
  );
  const standingRows = standings.map((standing) => {
    const each = allowances[standing];
    const charged = Object.entries(each.charged)
      .filter(([, is]) => is)
      .map(([what]) => what);
    return [
      standing,
      each.label ? `(${each.label})` : '',
      yesNo(each.callsConnect),
      yesNo(each.swapping),
      each.change,
      charged.join(', ') || '**nothing**',
      each.access,
    ];
  });
  const mark = (who: readonly Role[], role: Role): string => (who.includes(role) ? '●' : '');
  const permissionRows = actions.map((action) => {
    const { who, fits, does } = permissions[action];
    return [does, ...roles.map((role) => mark(who, role)), fitNames[fits]];
  });
  return `# The life of an account

Printed by \`npm run generate\` from \`src/rules/\`; edit the rules, not this page.

## Clocks (policy version ${policy.version})

Days are 24 hours in UTC. A window includes its first instant and excludes its last. The dates are worked out once, at
the closing or the release, and stored: a later policy never shortens a promise.

${clocks}
## When the available balance is used up

Arrears begin when the available balance (what was charged and is not booked yet counts) is zero or less. The dates are stored at
that moment.

${calendar}
A top-up that lifts the balance above zero ends the arrears at once, at any step: with its own transaction everything connects
again. **No account is closed for it and no number released**: subscription and renewals go on and become debt. Until day
${policy.noFundsDay} only what costs more than the balance holds is refused. A closing stops the clock and the mails; whoever comes
back goes on where it stood.

## What each standing allows

The facts (closure, arrears, switches of agency, account and number) are independent; the label shows the strongest.

${table(['Standing', 'Label', 'Calls connect', 'Swapping', 'Buy, change', 'Charged', 'Access'], standingRows)}
## Who may

${table(['May', ...roles.map((role) => roleNames[role]), 'In which standing'], permissionRows)}
Nobody closes or cancels on a customer's behalf: no staff role stands in those rows.
`;
}
