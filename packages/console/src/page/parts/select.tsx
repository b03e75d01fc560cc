interface SelectProps {
  label: string;
  /** For whoever does not see it alone. */
  isHidden?: boolean;
  options: readonly (readonly [value: string, text: string])[];
  value: string;
  onChange: (value: string) => void;
}

/** One of many. */
export const Select = ({ label, isHidden, options, value, onChange }: SelectProps) => (
  <label>
    <span class={isHidden ? 'hidden' : undefined}>{label}</span>
    <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
      {options.map(([option, text]) => (
        <option key={option} value={option}>
          {text}
        </option>
      ))}
    </select>
  </label>
);
