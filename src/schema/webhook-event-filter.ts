import { Field, InputType } from "type-graphql";
import type { Prisma, WebhookEvent as EventRow } from "../generated/prisma/client.js";
import { WebhookEventStatus } from "./enums.js";
import { EntityNameFilter } from "./failures.js";
import { type Instants, matching, type OneOf, oneOf, within } from "./lists.js";
import { DateTimeFilter } from "./mirror/inputs.js";

const WebhookEventStatusFilter = oneOf<EventRow["status"]>("WebhookEventStatus", () => WebhookEventStatus);

@InputType({ description: "Which webhook events; all conditions hold." })
export class WebhookEventFilter {
  @Field(() => WebhookEventStatusFilter, { nullable: true, description: "By what became of them." })
  readonly status?: OneOf<EventRow["status"]> | null;

  @Field(() => EntityNameFilter, { nullable: true, description: "By the entity they are about." })
  readonly entity?: OneOf<string> | null;

  @Field(() => DateTimeFilter, { nullable: true, description: "By when they were received." })
  readonly receivedAt?: Instants | null;
}

/** A filter, for Prisma. */
export function conditionsOf({ status, entity, receivedAt }: WebhookEventFilter): Prisma.WebhookEventWhereInput {
  return { status: matching(status), entity: matching(entity), receivedAt: within(receivedAt) };
}
