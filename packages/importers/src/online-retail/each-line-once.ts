import type { Purchase, RetailLine } from './retail-line.ts';

/** A line to import. */
export interface IdentifiedPurchase {
  purchase: Purchase;
  /** What the line says, as JSON: the same for equal lines. */
  content: string;
  /** The content and its place among the equal ones of the invoice, as JSON: what tells this line from every other, in every copy of the file. */
  identity: string;
}

/** Longer runs are cut: no invoice is, and the search for repeated blocks is quadratic. */
const runLinesMax = 2_000;

/**
 * The purchases of a file, each line once, also where the file is several joined together that overlap. A line may
 * stand twice in an invoice; what overlaps is told from that in two ways. An invoice that comes back after lines of
 * others (`returning`) is counted as often as in the run of lines that has most. And within a run, two or more
 * different lines that come again at once in the same order are the seam of two files. Repeats are handed over without a purchase.
 */
export async function* eachLineOnce<Line extends RetailLine>(
  lines: AsyncIterable<Line>,
  returning: ReadonlySet<string>,
): AsyncGenerator<{ line: Line; identified: IdentifiedPurchase | undefined }> {
  const seen = new Set<string>();
  const identify = (line: Line, ordinals: Map<string, number>): IdentifiedPurchase | undefined => {
    if (!('purchase' in line)) return undefined;
    const content = contentOf(line.purchase);
    const ordinal = (ordinals.get(content) ?? 0) + 1;
    ordinals.set(content, ordinal);
    const identity = JSON.stringify([ordinal, content]);
    if (returning.has(line.invoice)) {
      if (seen.has(identity)) return undefined;
      seen.add(identity);
    }
    return { purchase: line.purchase, content, identity };
  };
  for await (const { run, ordinals } of runsOf(lines)) {
    const repeated = repeatedPlaces(run);
    for (const [place, line] of run.entries())
      yield { line, identified: repeated.has(place) ? undefined : identify(line, ordinals) };
  }
}

const contentOf = ({
  invoice,
  stockCode,
  quantity,
  unitPriceMinor,
  occurredAt,
  customer,
}: Purchase): string => JSON.stringify([invoice, stockCode, quantity, unitPriceMinor, occurredAt, customer]);

/** Lines of one invoice that follow each other, malformed ones among them. A long run comes in parts. */
async function* runsOf<Line extends RetailLine>(lines: AsyncIterable<Line>) {
  let run: Line[] = [];
  let ordinals = new Map<string, number>();
  let invoice: string | undefined;
  for await (const line of lines) {
    const belongs = ('leftOut' in line && line.leftOut === 'malformed') || line.invoice === invoice;
    if (!belongs || run.length >= runLinesMax) {
      if (run.length > 0) yield { run, ordinals };
      run = [];
    }
    if (!belongs) {
      ordinals = new Map();
      invoice = line.invoice;
    }
    run.push(line);
  }
  if (run.length > 0) yield { run, ordinals };
}

/**
 * The places of blocks of two or more lines that stand directly behind the same block, the longest first. Several equal
 * lines alone prove nothing, since an invoice may have them: a block has two different lines.
 */
const repeatedPlaces = (run: readonly RetailLine[]): Set<number> => {
  const repeated = new Set<number>();
  const texts = run.map(({ text }) => text);
  // How many lines so far differ from the one before.
  const changes = texts.map(() => 0);
  for (let at = 1; at < texts.length; at += 1)
    changes[at] = (changes[at - 1] as number) + Number(texts[at] !== texts[at - 1]);
  for (let length = texts.length >> 1; length >= 2; length -= 1) {
    let matching = 0;
    for (let at = length; at < texts.length; at += 1) {
      matching = texts[at] === texts[at - length] && !repeated.has(at) ? matching + 1 : 0;
      if (matching < length || changes[at] === changes[at - length + 1]) continue;
      for (let place = at - length + 1; place <= at; place += 1) repeated.add(place);
      matching = 0;
    }
  }
  return repeated;
};
