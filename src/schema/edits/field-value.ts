import { Ctx, Field, FieldResolver, Info, ObjectType, Resolver, Root } from "type-graphql";
import type { GraphQLResolveInfo } from "graphql";
import { JSON } from "../../foundation/scalars.js";
import { maySeePayloads } from "../../access/payloads.js";
import { actorOf, type GatewayContext } from "../context.js";
import type { RecordBatches } from "../mirror/batches.js";
import { type MirroredObject, MirroredRecord } from "../mirror/record.js";
import { inputValueOf, referredBy, type ShownValue, textOf, type ValueOwner } from "./shown-value.js";
import { labelOf } from "./paths.js";

@ObjectType({ simpleResolvers: true, description: "A value of a field or of a whole list, as one side has it." })
export class FieldValue {
  constructor(readonly shown: ShownValue) {}

  @Field(() => String, {
    nullable: true,
    description: "As people read it: an amount with its currency, a record by its name, a list by how much it holds.",
  })
  text(@Ctx() { loaders }: GatewayContext): Promise<string | null> {
    return textOf(this.shown, loaders);
  }

  @Field(() => JSON, {
    nullable: true,
    description:
      "In the form in which mutations take it: numbers with decimals as strings, records by their ids, lists whole. For OPERATOR and above.",
  })
  async value(@Ctx() context: GatewayContext): Promise<unknown> {
    return maySeePayloads(actorOf(context)) ? inputValueOf(this.shown, context.loaders) : null;
  }
}

/** A value to show; null where there is none. */
export function fieldValue(owner: ValueOwner, path: string, value: unknown): FieldValue | null {
  return value === null || value === undefined ? null : new FieldValue({ owner, path, value });
}

@ObjectType({ simpleResolvers: true, description: "What an edit does to one field." })
export class FieldChange {
  @Field(() => String, { description: "Where it stands in the record: `txnDate`; lists are changed whole." })
  readonly path!: string;

  @Field(() => String, { description: "What people call it." })
  readonly label!: string;

  @Field(() => FieldValue, { nullable: true, description: "What it held when it was edited; null where it was empty." })
  readonly before!: FieldValue | null;

  @Field(() => FieldValue, { nullable: true, description: "What it shall hold; null where it shall be empty." })
  readonly after!: FieldValue | null;
}

/** One field of an edit. */
export function fieldChange(owner: ValueOwner, path: string, before: unknown, after: unknown): FieldChange {
  return {
    path,
    label: labelOf(owner.plugin, path),
    before: fieldValue(owner, path, before),
    after: fieldValue(owner, path, after),
  };
}

/** The record that a value refers to is read as the operation selects it. */
export function fieldValueResolver(records: RecordBatches): Function {
  @Resolver(() => FieldValue)
  class FieldValueResolver {
    @FieldResolver(() => MirroredRecord, {
      nullable: true,
      description: "The record that the value refers to; null for other values, and where it is not mirrored.",
    })
    async record(
      @Root() { shown }: FieldValue,
      @Ctx() context: GatewayContext,
      @Info() info: GraphQLResolveInfo,
    ): Promise<MirroredObject | null> {
      const referred = await referredBy(shown, context.loaders);
      return referred === undefined ? null : records.load(referred.entity, referred.id, context, info);
    }
  }
  return FieldValueResolver;
}
