import { publishedFolder, publishedProblems } from './published.ts';
import { documentForms, eventForms } from './published-forms.ts';
import { documentTopics, topics } from './topics.ts';

const forms = [...eventForms(topics), ...documentForms(documentTopics)];
const problems = await publishedProblems(forms, publishedFolder);

if (problems.length > 0) {
  console.error(`The schemas and src/published/ disagree:\n  ${problems.join('\n  ')}`);
  console.error('What is new and breaks nothing: run `npm run pnpm -- --filter @souk/contracts freeze`.');
  console.error(
    'An event that changes otherwise breaks a consumer or a kept event: add a new version of the type beside the old.',
  );
  console.error('A document that changes otherwise is one that outsiders send and that is no longer taken.');
  process.exitCode = 1;
}
