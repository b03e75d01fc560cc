const firstNames = ['Ada', 'Bela', 'Chidi', 'Dana', 'Emre', 'Farah', 'Goran', 'Hana', 'Ines', 'Jun', 'Kofi'];
const lastNames = [
  'Abebe',
  'Brandt',
  'Costa',
  'Dahl',
  'Eriksen',
  'Fischer',
  'Garcia',
  'Haddad',
  'Ito',
  'Jansen',
];

export const demoPeopleMax = 10_000;

/** The first `count` users of the demonstration shop; each depends on its place alone. */
export const demoPeople = (count: number): { email: string; name: string }[] =>
  Array.from({ length: count }, (_, index) => ({
    email: `shopper-${index + 1}@demo.example`,
    name: `${firstNames[index % firstNames.length]} ${lastNames[Math.floor(index / firstNames.length) % lastNames.length]}`,
  }));
