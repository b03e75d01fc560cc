import type { Flow } from '../shop/backlog.ts';
import { type RecordAllOptions, type RecordedAll, recordAll } from '../shop/record-all.ts';
import type { EventToRecord, Shop } from '../shop/shop.ts';
import { emailOf, interactionEvent, nameOf } from './interaction-event.ts';
import type { InteractionFile } from './interaction-file.ts';
import type { InteractionSurvey } from './interaction-survey.ts';

export interface InteractionImport extends RecordAllOptions {
  file: InteractionFile;
  survey: InteractionSurvey;
  shop: Shop;
  flow: Flow;
  /** Whether to wait until the consumers have applied everything. */
  wait: boolean;
  onPhase(phase: 'users' | 'products' | 'events' | 'catching up', total: number): void;
}

export interface InteractionImportReport extends RecordedAll {
  usersCreated: number;
  productsCreated: number;
}

/**
 * Imports a file: its users, those of its products that the catalogue does not have (named by their sku, without a
 * price), and a line as an activity. Ids follow from the lines, so that a repeat changes nothing; equal lines are one.
 */
export const importInteractions = async (options: InteractionImport): Promise<InteractionImportReport> => {
  const { survey, shop, flow, onPhase, onDone } = options;
  onPhase('users', survey.users.size);
  const people = [...survey.users].map((user) => ({ email: emailOf(user), name: nameOf(user) }));
  await flow.pass(people.length);
  const users = await shop.ensureUsers(people, () => onDone(1));

  onPhase('products', survey.products.size);
  await flow.pass(survey.products.size);
  const products = await shop.knownProducts([...survey.products], onDone);

  onPhase('events', survey.interactions);
  const recorded = await recordAll(eventsOf(options.file, users.ids, products.ids), options);

  onPhase('catching up', 0);
  if (options.wait) await flow.drained();
  return { usersCreated: users.created, productsCreated: products.created, ...recorded };
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
