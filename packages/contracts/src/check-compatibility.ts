import { publishedFolder, publishedProblems } from './published-events.ts';
import { topics } from './topics.ts';

const problems = await publishedProblems(topics, publishedFolder);

if (problems.length > 0) {
  console.error(`The event schemas and src/published/ disagree:\n  ${problems.join('\n  ')}`);
  console.error('New types and optional properties: run `pnpm --filter @souk/contracts freeze`.');
  console.error(
    'Anything else breaks a consumer or a kept event: add a new version of the type beside the old.',
  );
  process.exitCode = 1;
}
