/** What a generated company is like. The same options give the same company. */
export interface CompanyOptions {
  /** Default: digits made from the seed. */
  readonly realmId?: string;
  readonly name?: string;
  readonly seed?: string | number;
  /** How many records in all, accounts and items included; below the dozen every company has, just those. Default 400. */
  readonly size?: number;
  /** How far back the records go. Default 3. */
  readonly years?: number;
  /** So many of the invoices (about six in ten records are) are created in one and the same second. */
  readonly burst?: number;
  readonly homeCurrency?: string;
  /** Foreign currencies; giving any turns multicurrency on. */
  readonly currencies?: readonly string[];
  /** The end of the generated history, milliseconds since 1970. Default: the clock's now. */
  readonly generatedAt?: number;
}

export const editKinds = ["create", "change", "deactivate", "reactivate", "void", "delete", "merge", "reset"] as const;

export type EditKind = (typeof editKinds)[number];

/** One committed edit. Replaying a company's edits over the same generated beginning gives the same company. */
export interface Edit {
  readonly sequence: number;
  /** When it was made, and when reads begin to see it, milliseconds since 1970. */
  readonly at: number;
  readonly visibleAt: number;
  readonly kind: EditKind;
  readonly entity: string;
  readonly id: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Whether whatever is not among the fields and may be cleared is: an app's full update. */
  readonly isWhole?: boolean;
  /** Of a merge: the id of the survivor. */
  readonly into?: string;
}

/** An edit about to be made. */
export type EditDraft = Pick<Edit, "kind" | "entity" | "id" | "fields" | "isWhole" | "into">;

export interface EditTiming {
  /** The commit becomes visible only so many milliseconds later, with the times of now. */
  readonly visibleAfterMs?: number;
}

/** A record as a query serves it: the exact text of its JSON. */
export interface ServedRecord {
  readonly id: string;
  readonly text: string;
}
