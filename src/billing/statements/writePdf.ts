import { createRequire } from 'node:module';
import { setImmediate } from 'node:timers/promises';
import PDFDocument from 'pdfkit';
import { formatCount, formatMoment, formatPhone, formatRate } from '../../web/format.ts';
import { nameLine, unitOf } from './nameLine.ts';
import type { WholeStatement } from './readStatement.ts';
import { sayDays } from './sayDays.ts';
import type { ChargeLine, OwnerSums, ShownPosting } from './store.ts';

const require = createRequire(import.meta.url);
const fonts = {
  regular: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed.ttf'),
  bold: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed-Bold.ttf'),
};

const ink = '#1c1e24';
const gray = '#5b6070';
const line = '#d5d8df';
const margin = 54;
const footerHeight = 40;

interface Cell {
  text: string;
  /** From the left edge of the text, and how wide. */
  at: number;
  width: number;
  right?: boolean;
}

type Font = keyof typeof fonts;

/** A document of ours: every page bears whose it is, what of, and its number. */
class Paper {
  readonly doc: PDFKit.PDFDocument;
  private readonly foot: string;
  private pages = 0;
  /** Drawn again at the top of each further page. */
  private heading: (() => void) | null = null;

  constructor(title: string, foot: string, madeAt: Date) {
    this.foot = foot;
    this.doc = new PDFDocument({
      size: 'LETTER',
      margins: { top: margin, bottom: margin + footerHeight, left: margin, right: margin },
      autoFirstPage: false,
      lang: 'en-US',
      displayTitle: true,
      info: { Title: title, Author: 'Switchhook', CreationDate: madeAt },
    });
    for (const [name, path] of Object.entries(fonts)) this.doc.registerFont(name, path);
    this.doc.on('pageAdded', () => this.begin());
    this.doc.addPage();
  }

  get width(): number {
    return this.doc.page.width - 2 * margin;
  }

  private get bottom(): number {
    return this.doc.page.height - margin - footerHeight;
  }

  private begin(): void {
    const { doc } = this;
    this.pages += 1;
    const { bottom } = doc.page.margins;
    doc.page.margins.bottom = 0;
    const y = doc.page.height - margin - 8;
    doc.font('regular').fontSize(8).fillColor(gray);
    doc.text(this.foot, margin, y, { width: this.width - 80, height: 10, ellipsis: true });
    doc.text(`Page ${this.pages}`, margin, y, { width: this.width, align: 'right' });
    doc.page.margins.bottom = bottom;
    doc.x = margin;
    doc.y = margin;
    this.heading?.();
  }

  /** Begins another page unless so much fits under what is written. */
  need(height: number): void {
    if (this.doc.y + height > this.bottom) this.doc.addPage();
  }

  space(height: number): void {
    this.doc.y += height;
  }

  text(text: string, size = 9, font: Font = 'regular', color = ink): void {
    this.doc.font(font).fontSize(size).fillColor(color);
    this.doc.text(text, margin, this.doc.y, { width: this.width });
  }

  /** One line of a table; what is too long is cut. */
  row(cells: readonly Cell[], { font = 'regular', color = ink }: { font?: Font; color?: string } = {}): void {
    const { doc } = this;
    this.need(14);
    const { y } = doc;
    doc.font(font).fontSize(8.5).fillColor(color);
    for (const { text, at, width, right } of cells) {
      const align = right ? 'right' : 'left';
      if (text) doc.text(text, margin + at, y, { width, height: 11, ellipsis: true, align });
    }
    doc.y = y + 14;
  }

  rule(): void {
    const { doc } = this;
    doc
      .moveTo(margin, doc.y - 2)
      .lineTo(margin + this.width, doc.y - 2)
      .lineWidth(0.5)
      .strokeColor(line)
      .stroke();
    doc.y += 2;
  }

  /** A table's head, on this page and on each that follows until `endTable`. */
  beginTable(draw: () => void): void {
    this.need(60);
    draw();
    this.heading = draw;
  }

  endTable(): void {
    this.heading = null;
    this.space(12);
  }
}

/** A statement for printing, as it is written: a large one never lies in memory whole. */
export function writePdf(statement: WholeStatement): NodeJS.ReadableStream {
  const { owner, days, wallet } = statement;
  const title = `Statement of ${owner.name}, ${sayDays(days)}`;
  const paper = new Paper(title, `Switchhook · ${title}`, owner.now);
  layOut(paper, statement, wallet).catch((error: Error) => paper.doc.destroy(error));
  return paper.doc;
}

async function layOut(paper: Paper, statement: WholeStatement, wallet: WholeStatement['wallet']): Promise<void> {
  const { owner, days, currency, paidByOthers } = statement;
  const money = (micros: bigint) => formatRate(micros, currency);
  paper.text('Switchhook', 9, 'bold', gray);
  paper.space(4);
  paper.text('Statement', 20, 'bold');
  paper.text(owner.name, 12);
  paper.text(`${sayDays(days)}, in ${owner.timeZone.replaceAll('_', ' ')} time`, 9, 'regular', gray);
  paper.text(
    `Made on ${formatMoment(owner.now, owner.timeZone)}${owner.now < days.until ? ', before its days were over' : ''}`,
    9,
    'regular',
    gray,
  );
  paper.space(14);
  if (wallet) {
    const { openingMicros, chargedMicros, closingMicros } = wallet;
    const sum = (wanted: (micros: bigint) => boolean) =>
      wallet.money.reduce((total, each) => (wanted(each.amountMicros) ? total + each.amountMicros : total), 0n);
    const total = (text: string, micros: bigint, font: Font = 'regular') =>
      paper.row(
        [
          { text, at: 0, width: 300 },
          { text: money(micros), at: 304, width: 200, right: true },
        ],
        { font },
      );
    total('Opening balance', openingMicros);
    total(
      'Money in',
      sum((micros) => micros > 0n),
    );
    total(
      'Money out',
      sum((micros) => micros < 0n),
    );
    total('Charges', -chargedMicros);
    paper.rule();
    total('Closing balance', closingMicros, 'bold');
    paper.space(12);
    writeMoney(paper, statement, wallet.money);
    if (owner.kind === 'agency') writeSums(paper, statement, wallet.sums);
    await writeLines(paper, statement, wallet.sums, statement.lines);
  }
  if (paidByOthers) {
    paper.need(80);
    paper.text(`Paid by ${owner.payingAgency ?? 'the agency'}`, 12, 'bold');
    paper.text(
      'Charged to the available balance of the agency; this account’s own is not touched.',
      9,
      'regular',
      gray,
    );
    paper.space(8);
    await writeLines(paper, statement, [paidByOthers], statement.linesPaidByOthers);
  }
  if (!wallet && !paidByOthers) paper.text('Nothing was charged in these days.');
  paper.doc.end();
}

function writeMoney(
  paper: Paper,
  { owner, currency }: WholeStatement,
  lines: readonly { at: Date; description: string; cause: string; amountMicros: bigint }[],
): void {
  if (lines.length === 0) return;
  paper.need(60);
  paper.text('Money in and out', 11, 'bold');
  paper.space(4);
  for (const { at, description, cause, amountMicros } of lines)
    paper.row([
      { text: formatMoment(at, owner.timeZone), at: 0, width: 150 },
      { text: description || cause, at: 154, width: 246 },
      { text: formatRate(amountMicros, currency), at: 404, width: 100, right: true },
    ]);
  paper.endTable();
}

const sumColumns = {
  name: [0, 184],
  numbers: [188, 48],
  minutes: [240, 56],
  plan: [300, 64],
  calls: [368, 64],
  total: [436, 68],
} as const;

function writeSums(paper: Paper, { currency }: WholeStatement, sums: readonly OwnerSums[]): void {
  if (sums.length === 0) return;
  const { name, numbers, minutes, plan, calls, total } = sumColumns;
  const cell = ([at, width]: readonly [number, number], text: string, right = true): Cell => ({
    text,
    at,
    width,
    right,
  });
  const money = (micros: bigint) => formatRate(micros, currency);
  paper.need(80);
  paper.text('Charges by sub-account', 11, 'bold');
  paper.space(4);
  paper.beginTable(() => {
    paper.row(
      [
        cell(name, 'Sub-account', false),
        cell(numbers, 'Numbers'),
        cell(minutes, 'Minutes'),
        cell(plan, 'Plan, numbers'),
        cell(calls, 'Calls'),
        cell(total, 'Charges'),
      ],
      { color: gray },
    );
    paper.rule();
  });
  for (const each of sums)
    paper.row([
      cell(name, each.name, false),
      cell(numbers, formatCount(each.numbers)),
      cell(minutes, formatCount(each.minutes)),
      cell(plan, money(each.planMicros + each.numberMicros)),
      cell(calls, money(each.callMicros)),
      cell(total, money(each.totalMicros)),
    ]);
  paper.endTable();
}

const rowsPerTurn = 100;

async function writeLines(
  paper: Paper,
  { currency }: WholeStatement,
  sums: readonly OwnerSums[],
  lines: readonly ChargeLine[],
): Promise<void> {
  const money = (micros: bigint) => formatRate(micros, currency);
  const cells = (number: string, what: string, quantity: string, rate: string, amount: string): Cell[] => [
    { text: number, at: 0, width: 176 },
    { text: what, at: 180, width: 140 },
    { text: quantity, at: 324, width: 64, right: true },
    { text: rate, at: 392, width: 46, right: true },
    { text: amount, at: 442, width: 62, right: true },
  ];
  const byOwner = Map.groupBy(lines, (each) => each.ownerId);
  let written = 0;
  for (const { ownerId, name, totalMicros } of sums) {
    let isFurther = false;
    // The number of the line above, on the same page.
    let last: number | null | undefined;
    paper.beginTable(() => {
      paper.text(isFurther ? `${name}, continued` : name, 10, 'bold');
      paper.space(3);
      paper.row(cells('Number', 'What', 'Quantity', 'Rate', 'Amount'), { color: gray });
      paper.rule();
      isFurther = true;
      last = undefined;
    });
    for (const each of byOwner.get(ownerId) ?? []) {
      const { trackingNumberId, quantity } = each;
      paper.need(14);
      const number = trackingNumberId === last ? '' : nameNumber(each);
      last = trackingNumberId;
      const counted = `${formatCount(quantity)} ${unitOf(each, quantity)}`.trim();
      paper.row(cells(number, nameLine(each), counted, money(each.unitMicros), money(each.amountMicros)));
      written += 1;
      if (written % rowsPerTurn === 0) await setImmediate();
    }
    paper.rule();
    paper.row(cells(`Charges of ${name}`, '', '', '', money(totalMicros)), { font: 'bold' });
    paper.endTable();
  }
}

const nameNumber = ({ phoneNumber, numberName, trackingNumberId }: ChargeLine): string =>
  trackingNumberId === null
    ? ''
    : [phoneNumber ? formatPhone(phoneNumber) : `Number ${trackingNumberId}`, numberName].filter(Boolean).join(', ');

/** A receipt for money that came in. */
export function writeReceipt(
  owner: { name: string; timeZone: string; now: Date },
  posting: ShownPosting,
  currency: string,
): NodeJS.ReadableStream {
  const title = `Receipt ${posting.postingId}`;
  const paper = new Paper(`${title} of ${owner.name}`, `Switchhook · ${title} · ${owner.name}`, owner.now);
  paper.text('Switchhook', 9, 'bold', gray);
  paper.space(4);
  paper.text(title, 20, 'bold');
  paper.text(owner.name, 12);
  paper.space(14);
  const line = (text: string, value: string, font: Font = 'regular') =>
    paper.row(
      [
        { text, at: 0, width: 150 },
        { text: value, at: 154, width: 350, right: true },
      ],
      { font },
    );
  line('Received on', formatMoment(posting.at, owner.timeZone));
  line('What', posting.description);
  line('For', 'The available balance');
  paper.rule();
  line('Amount', `${formatRate(posting.amountMicros, currency)} ${currency}`, 'bold');
  paper.doc.end();
  return paper.doc;
}
