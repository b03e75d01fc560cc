/** An id, short enough for a table: its end tells ids of the same moment apart. The whole one is in the title. */
export const Id = ({ id, href }: { id: string; href?: string }) => {
  const text = id.length > 14 ? `${id.slice(0, 4)}…${id.slice(-8)}` : id;
  return href === undefined ? (
    <code class="name" title={id}>
      {text}
    </code>
  ) : (
    <a href={href} title={id}>
      <code>{text}</code>
    </a>
  );
};
