import { param, setParams } from '../../lib/router.ts';
import { View } from '../../parts/view.tsx';
import { hasRole } from '../../shell/viewer.ts';
import { AnswerColumn } from './answer-column.tsx';
import { answersFor } from './answers.ts';
import { Basket, basketOf } from './basket.tsx';
import { ChosenUser } from './chosen-user.tsx';
import { WhatIf } from './what-if.tsx';
import { askerOf } from './why.tsx';

/** What is recommended to whom, and why. */
export const RecommendationsView = () => {
  const [user, product] = [param('user'), param('product')];
  const basket = basketOf();
  const answers = answersFor({ user, product, basket });
  const add = (id: string) => setParams({ basket: [...new Set([...basket, id])].join(',') });
  return (
    <View
      title="Recommendations"
      lead="The answers of every strategy side by side. Pick a user, or click + on products to build a basket; ask Why? of any item."
    >
      <div class="grid">
        <ChosenUser id={user} />
        <Basket ids={basket} onAdd={add} />
      </div>
      <div class="grid">
        {answers.map((answer) => (
          <AnswerColumn key={answer.title} answer={answer} asker={askerOf(user, basket)} onAdd={add} />
        ))}
      </div>
      {hasRole('analyst') && <WhatIf />}
    </View>
  );
};
