/**
 * What may be taken out of an entity's payloads, those that are stored and those that come: what tells of a person, and what a company does
 * without. Pure data; places are names of properties, joined by dots.
 */

/** Where a payload holds something. */
export interface Holding {
  readonly places: readonly string[];
  /** A text of which no more stays than these words, where it begins with them, because they say what became of the record. */
  readonly texts?: Readonly<Record<string, string>>;
}

/** What a company may do without, by the name of its field, or of a property that only the payload shows. Nothing else is mapped from there. */
export type Spares = Readonly<Record<string, Holding>>;

/** Where an entity's payloads tell of a person. */
export interface ErasureOf {
  /** Set where a record is about a person who can be erased. */
  readonly person?: PersonalRecord;
  /** Copies of what somebody else's record tells of a person. */
  readonly copies?: readonly PersonalCopies[];
}

export interface PersonalRecord {
  /** The properties that stay. All others go, known here or not. */
  readonly stays: readonly string[];
  /** What stands in the place of a text that no record can be without; `{Id}` is QuickBooks' id. */
  readonly stands: Readonly<Record<string, string>>;
}

/** What goes where the person that is referred to was erased. */
export interface PersonalCopies extends Holding {
  /** The field that refers to the person, and its property in the payload. */
  readonly field: string;
  readonly property: string;
  /** The fields that are mapped from these places, as edits name them. */
  readonly fields: readonly string[];
  /** Texts that join the names of records above others, and so may tell of somebody whom nothing here refers to: they go once anybody is erased. */
  readonly joined?: readonly JoinedNames[];
}

export interface JoinedNames {
  readonly place: string;
  readonly separator: string;
  /** From so many names on the text tells of others than the record itself and the one it refers to. */
  readonly names: number;
}
