import manifest from '../package.json' with { type: 'json' };
import { asyncApiDocument } from './asyncapi.ts';
import { topics } from './topics.ts';

console.log(JSON.stringify(asyncApiDocument(topics, manifest.version), null, 2));
