import { Field, InterfaceType } from "type-graphql";
import { JSONObject } from "../../foundation/scalars.js";
import { recordFields } from "../../sync/read/record-fields.js";
import type { Row } from "../../sync/read/selection.js";
import { EntityName } from "../entity-name.js";
import { Node } from "../relay.js";
import { createEnums, leafOf } from "./leaves.js";

/** A record as it is answered: what was selected, under the names of the fields, and these. */
export type MirroredObject = Row & {
  readonly __typename: string;
  /** Our own id of the connection; there where a field was selected that no plugin declares. */
  readonly connectionId?: string;
};

@InterfaceType({
  implements: Node,
  autoRegisterImplementations: false,
  description: "A QuickBooks record as it was last seen.",
  resolveType: ({ __typename }: MirroredObject) => __typename,
})
export abstract class MirroredRecord extends Node {
  @Field(() => EntityName, { simple: true, description: "What kind of record it is." })
  readonly entity!: string;

  @Field(() => JSONObject, {
    simple: true,
    nullable: true,
    description:
      "The record exactly as QuickBooks sent it; numbers too long for a double are strings. For OPERATOR and above.",
  })
  readonly raw!: unknown;
}

const enums = createEnums();
for (const [name, field] of Object.entries(recordFields)) {
  const options = { simple: true, nullable: field.required !== true, description: field.description };
  const leaf = leafOf(field, enums);
  Field(() => leaf, options)(MirroredRecord.prototype, name);
}
