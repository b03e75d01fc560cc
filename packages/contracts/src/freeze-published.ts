import { freeze, publishedFolder } from './published.ts';
import { documentForms, eventForms } from './published-forms.ts';
import { documentTopics, topics } from './topics.ts';

const { written, problems } = await freeze(
  [...eventForms(topics), ...documentForms(documentTopics)],
  publishedFolder,
);

for (const file of written) console.log(`frozen: ${file}`);
if (problems.length > 0) {
  console.error(`Not frozen, since it would break what is published:\n  ${problems.join('\n  ')}`);
  process.exitCode = 1;
}
