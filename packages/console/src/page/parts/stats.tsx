import type { ComponentChildren } from 'preact';

export const Stats = ({ children }: { children: ComponentChildren }) => <dl class="stats">{children}</dl>;

interface StatProps {
  name: string;
  value: ComponentChildren;
  unit?: string;
  /** What it means or how it was before. */
  note?: ComponentChildren;
  tone?: 'good' | 'warn' | 'bad' | undefined;
}

/** One figure with its unit. */
export const Stat = ({ name, value, unit, note, tone }: StatProps) => (
  <div class="stat">
    <dt>{name}</dt>
    <dd class={`figure-text ${tone ?? ''}`}>
      {value}
      {unit && <span class="unit"> {unit}</span>}
    </dd>
    {note && <dd class="note">{note}</dd>}
  </div>
);
