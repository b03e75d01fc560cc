import { freeze, publishedFolder } from './published-events.ts';
import { topics } from './topics.ts';

const { written, problems } = await freeze(topics, publishedFolder);

for (const file of written) console.log(`frozen: ${file}`);
if (problems.length > 0) {
  console.error(`Not frozen, since it would break what is published:\n  ${problems.join('\n  ')}`);
  process.exitCode = 1;
}
