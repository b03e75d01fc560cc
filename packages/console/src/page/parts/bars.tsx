interface BarsProps {
  label: string;
  items: readonly { key: string; name: string; href?: string; value: number; text: string }[];
}

/** Names with bars as long as their values. */
export const Bars = ({ label, items }: BarsProps) => {
  const highest = Math.max(1e-9, ...items.map(({ value }) => value));
  return (
    <ol class="bars" aria-label={label}>
      {items.map(({ key, name, href, value, text }) => (
        <li key={key}>
          <span class="bar-name">{href ? <a href={href}>{name}</a> : name}</span>
          <span>{text}</span>
          <span class="bar" style={{ width: `${Math.max(0.5, (Math.max(0, value) / highest) * 100)}%` }} />
        </li>
      ))}
    </ol>
  );
};
