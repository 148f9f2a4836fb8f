import { Field, InputType } from "type-graphql";
import type { Prisma, WebhookEvent as EventRow } from "../generated/prisma/client.js";
import { WebhookEventStatus } from "./enums.js";
import { EntityNameFilter } from "./failures.js";
import { matching, type OneOf, oneOf } from "./lists.js";
import { DateTimeFilter } from "./mirror/inputs.js";

const WebhookEventStatusFilter = oneOf<EventRow["status"]>("WebhookEventStatus", () => WebhookEventStatus);

interface Instants {
  readonly eq?: Date | null;
  readonly in?: readonly Date[] | null;
  readonly gt?: Date | null;
  readonly gte?: Date | null;
  readonly lt?: Date | null;
  readonly lte?: Date | null;
}

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
  const { gt, gte, lt, lte } = receivedAt ?? {};
  return {
    status: matching(status),
    entity: matching(entity),
    receivedAt: {
      ...matching(receivedAt),
      ...(gt && { gt }),
      ...(gte && { gte }),
      ...(lt && { lt }),
      ...(lte && { lte }),
    },
  };
}
