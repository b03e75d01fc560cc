import manifest from '../package.json' with { type: 'json' };
import { asyncApiDocument } from './asyncapi.ts';
import { documentTopics, topics } from './topics.ts';

console.log(JSON.stringify(asyncApiDocument(topics, documentTopics, manifest.version), null, 2));
