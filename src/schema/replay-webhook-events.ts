import { Arg, Authorized, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from "type-graphql";
import type { Replay } from "../sync/inbox/replay.js";
import { needConnection } from "./connection-scope.js";
import { actorOf, type GatewayContext } from "./context.js";
import { decodeIdOf } from "./relay.js";
import { notFoundError, type Outcome, orUserErrors, userError, UserError, UserMistake } from "./user-errors.js";
import { conditionsOf, WebhookEventFilter } from "./webhook-event-filter.js";

const mostIds = 1_000;

@InputType({ description: "Which webhook events to apply again: give either `ids` or `filter`." })
class ReplayWebhookEventsInput {
  @Field(() => [ID], { nullable: true, description: `These, at most ${mostIds}.` })
  readonly ids?: readonly string[] | null;

  @Field(() => WebhookEventFilter, { nullable: true, description: "All that meet these conditions." })
  readonly filter?: WebhookEventFilter | null;

  @Field(() => ID, { nullable: true, description: "With `filter`: of this connection only." })
  readonly connectionId?: string | null;
}

@ObjectType({ simpleResolvers: true, description: "The webhook events that wait again." })
class ReplayWebhookEventsPayload {
  @Field(() => Int, {
    nullable: true,
    description: "How many; those about what is not mirrored, or that are being applied right now, are left out.",
  })
  readonly replayed!: number | null;

  @Field(() => [UserError], { description: "What you can mend." })
  readonly userErrors!: readonly UserError[];
}

@Resolver()
export class ReplayWebhookEventsResolver {
  @Authorized("OPERATOR")
  @Mutation(() => ReplayWebhookEventsPayload, {
    nullable: true,
    description:
      "Has changes that QuickBooks told of applied again. Applying one twice does no harm: its record is read again.",
  })
  replayWebhookEvents(
    @Arg("input", () => ReplayWebhookEventsInput) input: ReplayWebhookEventsInput,
    @Ctx() context: GatewayContext,
  ): Promise<ReplayWebhookEventsPayload> {
    return orUserErrors<Outcome<ReplayWebhookEventsPayload>>({ replayed: null }, async () => {
      const which = await selectionOf(input, context);
      const { services } = context;
      return { replayed: await services.inbox.replay({ actor: actorOf(context), which }) };
    });
  }
}

async function selectionOf(
  { ids, filter, connectionId }: ReplayWebhookEventsInput,
  context: GatewayContext,
): Promise<Replay["which"]> {
  if ((ids ?? null) === null && (filter ?? null) === null) {
    throw new UserMistake(userError("INVALID", "Give either `ids` or `filter`.", "ids"));
  }
  if (ids !== null && ids !== undefined) {
    if (filter || connectionId)
      throw new UserMistake(userError("INVALID", "Give `ids` alone, or leave it out.", "ids"));
    if (ids.length > mostIds)
      throw new UserMistake(userError("INVALID", `Give at most ${mostIds} ids at a time.`, "ids"));
    return { ids: ids.map(ownId) };
  }
  const scope = connectionId ? { connectionId: (await needConnection(connectionId, context)).id } : {};
  return { where: { ...scope, ...conditionsOf(filter ?? {}) } };
}

function ownId(globalId: string): string {
  const id = decodeIdOf("WebhookEvent", globalId);
  if (id === undefined) throw new UserMistake(notFoundError("ids"));
  return id;
}
