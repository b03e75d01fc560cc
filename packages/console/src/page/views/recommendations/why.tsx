import { type AnswerTo, addressOf } from '../../lib/address.ts';
import { api, dataOf, souk } from '../../lib/api.ts';
import { count, many, percent, short } from '../../lib/format.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Bars } from '../../parts/bars.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { LoadedPart } from '../../parts/view.tsx';
import type { Recommended } from './answers.ts';
import { useNames } from './names.ts';

/** For whom an item is explained. */
export type Asker = { user: string } | { basket: readonly string[] };

/** The basket where there is one, otherwise the user. */
export const askerOf = (user: string, basket: readonly string[]): Asker =>
  user !== '' && basket.length === 0 ? { user } : { basket };

interface WhyProps {
  item: Recommended;
  asker: Asker;
  onClose: () => void;
}

const path = '/api/v1/recommendations/explain';

/** The parts of one score. */
export const Why = ({ item, asker, onClose }: WhyProps) => {
  const { product_id } = item;
  const loaded = useLoad({
    key: `why ${product_id} ${JSON.stringify(asker)}`,
    ask: (signal) => explain(product_id, asker, signal),
  });
  return (
    <Dialog title={`Why ${item.name}?`} onClose={onClose}>
      {loaded.data === null ? (
        <p>
          Nobody is asked for, and the basket is empty: it is here by{' '}
          {item.reason === 'new' ? 'its newness' : 'all shoppers together'}, with a score of{' '}
          {short(item.score)}.
        </p>
      ) : (
        <LoadedPart loaded={loaded} what="the explanation">
          {(explained) => explained && <Explained {...explained} />}
        </LoadedPart>
      )}
      <div class="actions end">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
};

/** Null without a user and without a basket: then there is nothing personal about it. */
const explain = async (
  product_id: string,
  asker: Asker,
  signal: AbortSignal,
): Promise<Explanation | null> => {
  if ('user' in asker)
    return api(addressOf('recommendation', path, { user_id: asker.user, product_id }), { signal });
  if (asker.basket.length === 0) return null;
  const items = asker.basket.map((id) => ({ product_id: id }));
  return dataOf(souk.recommendation.POST(path, { body: { product_id, items }, signal }));
};

type Explanation = AnswerTo<'recommendation', typeof path>;

const Explained = ({
  score,
  rarity,
  shoppers,
  neighbours,
  voters,
  parts,
  popularity,
  trending,
  available,
}: Explanation) => {
  const names = useNames(parts.map(({ product_id }) => product_id));
  const votes = parts.reduce((sum, part) => sum + part.votes, 0);
  return (
    <>
      <p>
        {count(voters)} of the {count(neighbours)} most similar shoppers interacted with it. The sum of their
        votes, {short(votes)}, times its rarity, {short(rarity)} ({many(shoppers, 'shopper')} in all), gives
        the score <strong>{short(score)}</strong>.
      </p>
      {votes > 0 && (
        <>
          <h3>The votes come from</h3>
          <Bars
            label="Votes by product"
            items={parts
              .filter((part) => part.votes > 0)
              .map(({ product_id, votes: part }) => ({
                key: product_id,
                name: names.get(product_id) ?? product_id,
                value: part,
                text: percent(part / votes),
              }))}
          />
        </>
      )}
      <p class="muted small">
        Popular with {short(popularity)}, trending with {short(trending)}.{' '}
        {available ? '' : 'It cannot be sold now: deleted, sold out or not known.'}
      </p>
    </>
  );
};
