import type { Column } from '../../web/components.tsx';
import { Badge, Moment } from '../../web/components.tsx';
import { formatMoment } from '../../web/format.ts';
import type { CommandLine } from '../store.ts';

const kinds: Record<CommandLine['kind'], string> = { buy: 'Buy', return: 'Return' };

/** What a command's row says, on a number's page and on the operator's. */
export function commandColumns(timeZone: string): Column<CommandLine>[] {
  return [
    { header: 'Command', main: true, cell: (command) => kinds[command.kind] },
    { header: 'State', cell: stateOf },
    {
      header: 'Ordered',
      wraps: true,
      cell: (command) => <Moment at={command.orderedAt} text={formatMoment(command.orderedAt, timeZone)} />,
    },
    { header: 'Attempts', numeric: true, cell: (command) => command.attempts },
    { header: 'Said', wraps: true, cell: (command) => command.lastError ?? '' },
  ];
}

function stateOf(command: CommandLine) {
  if (command.doneAt)
    return (
      <Badge tone="good" icon="check">
        done
      </Badge>
    );
  if (command.failedAt)
    return (
      <Badge tone="bad" icon="stop">
        failed
      </Badge>
    );
  return (
    <Badge tone="info" icon="clock">
      {command.attempts === 0 ? 'waiting' : 'tried, waiting'}
    </Badge>
  );
}
