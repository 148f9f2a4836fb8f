import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from "type-graphql";
import type { Actor } from "../../access/actor.js";
import { actorOf, type GatewayContext } from "../context.js";
import { decodeIdOf } from "../relay.js";
import { notFoundError, type Outcome, orUserErrors, UserError, UserMistake } from "../user-errors.js";
import { LocalChange } from "./local-change.js";

@InputType({ description: "Tries a local change again." })
class RetryLocalChangeInput {
  @Field(() => ID, { description: "The local change." })
  readonly id!: string;
}

@InputType({ description: "Gives a local change up." })
class CancelLocalChangeInput {
  @Field(() => ID, { description: "The local change." })
  readonly id!: string;
}

@ObjectType({ simpleResolvers: true, description: "The local change that is tried again." })
class RetryLocalChangePayload {
  @Field(() => LocalChange, { nullable: true, description: "The local change; it waits to be sent." })
  readonly localChange!: LocalChange | null;

  @Field(() => [UserError], { description: "What you can mend." })
  readonly userErrors!: readonly UserError[];
}

@ObjectType({ simpleResolvers: true, description: "The local change that was given up." })
class CancelLocalChangePayload {
  @Field(() => LocalChange, { nullable: true, description: "The local change; QuickBooks will not hear of it." })
  readonly localChange!: LocalChange | null;

  @Field(() => [UserError], { description: "What you can mend." })
  readonly userErrors!: readonly UserError[];
}

type Settled = Outcome<RetryLocalChangePayload>;

@Resolver()
export class SettleResolver {
  @Authorized("OPERATOR")
  @Mutation(() => RetryLocalChangePayload, {
    nullable: true,
    description: "Sends a local change again that QuickBooks refused, or whose fate a person must decide.",
  })
  retryLocalChange(
    @Arg("input", () => RetryLocalChangeInput) { id }: RetryLocalChangeInput,
    @Ctx() context: GatewayContext,
  ): Promise<RetryLocalChangePayload> {
    const { localChanges } = context.services;
    return settle(id, context, (...asked) => localChanges.retry(...asked));
  }

  @Authorized("OPERATOR")
  @Mutation(() => CancelLocalChangePayload, {
    nullable: true,
    description: "Gives a local change up that is not in QuickBooks yet; of a new record, the record too.",
  })
  cancelLocalChange(
    @Arg("input", () => CancelLocalChangeInput) { id }: CancelLocalChangeInput,
    @Ctx() context: GatewayContext,
  ): Promise<CancelLocalChangePayload> {
    const { localChanges } = context.services;
    return settle(id, context, (...asked) => localChanges.cancel(...asked));
  }
}

function settle(globalId: string, context: GatewayContext, work: (actor: Actor, id: string) => Promise<void>) {
  return orUserErrors<Settled>({ localChange: null }, async () => {
    const { localChange } = context.loaders;
    const id = decodeIdOf("LocalChange", globalId);
    if (id === undefined || (await localChange.load(id)) === undefined) throw new UserMistake(notFoundError("id"));
    await work(actorOf(context), id);
    const row = await localChange.clear(id).load(id);
    return { localChange: row === undefined ? null : new LocalChange(row) };
  });
}
