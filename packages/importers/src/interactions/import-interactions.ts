import type { Flow } from '../shop/backlog.ts';
import { chunked, inParallel } from '../shop/in-parallel.ts';
import { batchItemsMax, type EventToRecord, type Shop } from '../shop/shop.ts';
import { emailOf, interactionEvent } from './interaction-event.ts';
import type { InteractionFile } from './interaction-file.ts';
import type { InteractionSurvey } from './interaction-survey.ts';

export interface InteractionImport {
  file: InteractionFile;
  survey: InteractionSurvey;
  shop: Shop;
  flow: Flow;
  /** Batches under way at once. */
  concurrency: number;
  /** Whether to wait until the consumers have applied everything. */
  wait: boolean;
  onPhase(phase: 'users' | 'products' | 'events' | 'catching up', total: number): void;
  onDone(count: number): void;
}

export interface InteractionImportReport {
  usersCreated: number;
  productsCreated: number;
  imported: number;
  repeated: number;
  rejected: number;
  /** The first reasons of rejected events. */
  rejections: string[];
}

const rejectionsShownMax = 5;

/**
 * Imports a file: its users, those of its products that the catalogue does not have (named by their sku, without a
 * price), and a line as an activity. Ids follow from the lines, so that a repeat changes nothing; equal lines are one.
 */
export const importInteractions = async (options: InteractionImport): Promise<InteractionImportReport> => {
  const { survey, shop, flow, concurrency, onPhase, onDone } = options;
  onPhase('users', survey.users.size);
  const people = [...survey.users].map((user) => ({ email: emailOf(user), name: `User ${user}` }));
  await flow.pass(people.length);
  const users = await shop.ensureUsers(people, () => onDone(1));

  onPhase('products', survey.products.size);
  await flow.pass(survey.products.size);
  const products = await shop.knownProducts([...survey.products], onDone);

  onPhase('events', survey.interactions);
  const report: InteractionImportReport = {
    ...{ usersCreated: users.created, productsCreated: products.created },
    ...{ imported: 0, repeated: 0, rejected: 0, rejections: [] },
  };
  await inParallel(
    chunked(eventsOf(options.file, users.ids, products.ids), batchItemsMax),
    concurrency,
    async (batch) => {
      const events = [...new Map(batch.map((event) => [event.id, event])).values()];
      await flow.pass(events.length);
      const { recorded, repeated, rejected } = await shop.recordEvents(events);
      report.imported += recorded;
      report.repeated += repeated + batch.length - events.length;
      report.rejected += rejected.length;
      const reasons = new Set([...report.rejections, ...rejected.map(({ reason }) => reason)]);
      report.rejections = [...reasons].slice(0, rejectionsShownMax);
      onDone(batch.length);
    },
  );

  onPhase('catching up', 0);
  if (options.wait) await flow.drained();
  return report;
};

async function* eventsOf(
  file: InteractionFile,
  users: ReadonlyMap<string, string>,
  products: ReadonlyMap<string, string>,
): AsyncGenerator<EventToRecord> {
  for await (const line of file.lines()) {
    if (!('interaction' in line)) continue;
    const userId = users.get(emailOf(line.interaction.user));
    const productId = products.get(line.interaction.product);
    if (!userId || !productId) throw new Error('the file changed while it was read: import it again');
    yield interactionEvent(line.interaction, { userId, productId });
  }
}
