import { decodeEvent, type EnvelopeMessage } from './cloud-event.ts';
import { DecodeError } from './decode-error.ts';
import { decodeDocument } from './document.ts';
import { documentTopics, topics } from './topics.ts';

type Message = EnvelopeMessage & { value: Buffer | string | null };

/**
 * What the contract of the topic has against the message, one `path: fault` each; nothing where the contracts know no
 * such topic.
 */
export const contractFaults = (topic: string, { key = null, value, headers }: Message): readonly string[] => {
  try {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    const ofEvents = topics.find(({ name }) => name === topic);
    if (ofEvents) decodeEvent(ofEvents, { key, value: bytes, headers });
    const ofDocuments = documentTopics.find(({ name }) => name === topic);
    if (ofDocuments) decodeDocument(ofDocuments, { key, value: bytes });
    return [];
  } catch (error) {
    if (error instanceof DecodeError) return error.problems;
    throw error;
  }
};
