interface SelectProps<T extends string> {
  label: string;
  /** For whoever does not see it alone. */
  isHidden?: boolean;
  options: readonly (readonly [value: T, text: string])[];
  value: T;
  onChange: (value: T) => void;
}

/** One of many. */
export const Select = <T extends string>({ label, isHidden, options, value, onChange }: SelectProps<T>) => (
  <label>
    <span class={isHidden ? 'hidden' : undefined}>{label}</span>
    <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value as T)}>
      {options.map(([option, text]) => (
        <option key={option} value={option}>
          {text}
        </option>
      ))}
    </select>
  </label>
);
