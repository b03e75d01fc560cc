import { decodeEvent } from '@souk/contracts/cloud-event.ts';
import { DecodeError } from '@souk/contracts/decode-error.ts';
import { decodeDocument } from '@souk/contracts/document.ts';
import { documentTopics, topics } from '@souk/contracts/topics.ts';
import type { MessageToSend } from '@souk/service-kit/kafka/sender.ts';

/** What the contract of the topic has against the message; nothing where the contracts know no such topic. */
export const contractFaults = (topic: string, { key, value, headers }: MessageToSend): readonly string[] => {
  try {
    const ofEvents = topics.find(({ name }) => name === topic);
    if (ofEvents) decodeEvent(ofEvents, { key, value: bytesOf(value), headers });
    const ofDocuments = documentTopics.find(({ name }) => name === topic);
    if (ofDocuments) decodeDocument(ofDocuments, { key, value: bytesOf(value) });
    return [];
  } catch (error) {
    if (error instanceof DecodeError) return error.problems;
    throw error;
  }
};

const bytesOf = (value: MessageToSend['value']): Buffer | null =>
  typeof value === 'string' ? Buffer.from(value) : value;
