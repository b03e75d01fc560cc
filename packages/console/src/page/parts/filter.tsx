import { useEffect, useRef, useState } from 'preact/hooks';
import { param, setParams } from '../lib/router.ts';

interface FilterProps {
  /** The parameter of the address. */
  name: string;
  label: string;
}

const typingMs = 250;

/** A text that a list is held to; it goes into the address when the viewer stops typing. */
export const Filter = ({ name, label }: FilterProps) => {
  const value = param(name);
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  // What was typed comes back from the address, by then perhaps older than what is typed.
  const sent = useRef(value);
  useEffect(() => {
    if (value !== sent.current) setText(value);
    sent.current = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const change = (next: string) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      sent.current = next.trim();
      setParams({ [name]: sent.current, cursor: '' });
    }, typingMs);
  };
  return (
    <label>
      {label}
      <input type="search" value={text} onInput={(event) => change(event.currentTarget.value)} />
    </label>
  );
};
