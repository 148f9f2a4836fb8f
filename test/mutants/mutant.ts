/** A fault that is put into the sources on purpose, and the test that has to notice it. */
export interface Mutant {
  /** The invariant or scenario, and what the fault breaks: "I1: an older page overwrites". */
  readonly name: string;
  readonly file: string;
  /** A text that stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** The file of the test, and its name as it is written there. */
  readonly test: readonly [file: string, name: string];
}

/** The source with the fault in it. Throws where the mutant no longer fits the source. */
export function mutated(source: string, { name, file, find, replace }: Mutant): string {
  const places = source.split(find).length - 1;
  if (places !== 1) {
    throw new Error(`Mutant "${name}": its text stands ${places} times in ${file}, not once. Mend the mutant.`);
  }
  return source.replace(find, () => replace);
}
