import DataLoader from "dataloader";

/** A loader of the one row with a key: the last that was read, where there are several. */
export function one<Key extends string, Row extends Readonly<Record<Key, string>>>(
  key: Key,
  read: (keys: string[]) => Promise<Row[]>,
): DataLoader<string, Row | undefined> {
  return new DataLoader(async (keys) => {
    const found = new Map<string, Row>((await read([...keys])).map((row) => [row[key], row]));
    return keys.map((value) => found.get(value));
  });
}

/** A loader of all rows with a key, in the order they were read. */
export function many<Key extends string, Row extends Readonly<Record<Key, string>>>(
  key: Key,
  read: (keys: string[]) => Promise<Row[]>,
): DataLoader<string, readonly Row[]> {
  return new DataLoader(async (keys) => {
    const found = new Map<string, Row[]>(keys.map((value) => [value, []]));
    for (const row of await read([...keys])) found.get(row[key])?.push(row);
    return keys.map((value) => found.get(value) ?? []);
  });
}

/** A loader of how many rows have a key. */
export function counted<Key extends string>(
  key: Key,
  read: (keys: string[]) => Promise<readonly (Readonly<Record<Key, string>> & { readonly count: number })[]>,
): DataLoader<string, number> {
  return new DataLoader(async (keys) => {
    const found = new Map<string, number>((await read([...keys])).map((row) => [row[key], row.count]));
    return keys.map((value) => found.get(value) ?? 0);
  });
}
