/** A mean with its 95 % interval. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
}

export interface ContenderScore {
  contender: string;
  /** By name, such as `NDCG@10`. */
  metrics: Record<string, Estimate>;
  /** How much more each is than that of item-kNN, question by question. */
  aheadOfItemKnn: Record<string, Estimate>;
  coverage: number;
  novelty: number;
}

export interface ProtocolReport {
  protocol: string;
  training: number;
  questions: number;
  groups: number;
  itemKnn: { neighbours: number; shrinkage: number; items: 1 | 'session' | 'all' };
  scores: ContenderScore[];
}

/** What the evaluation of the recommendation service writes at its end (its src/evaluation/main.ts). */
export interface EvaluationReport {
  seed: number;
  interactions: number;
  users: number;
  products: number;
  sessions: number;
  protocols: ProtocolReport[];
}
