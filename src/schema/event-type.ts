import { type ClassType, Field, ObjectType, registerEnumType } from "type-graphql";
import { DateTime } from "../foundation/scalars.js";
import { resyncRequiredKind, snapshotKind } from "../foundation/streams.js";
import type { FollowedEvent } from "./stream-events.js";

type Always = typeof snapshotKind | typeof resyncRequiredKind;

/** What every event tells. */
export interface ToldEvent<Kind extends string> {
  readonly cursor: string;
  readonly kind: Kind | Always;
  readonly occurredAt: Date;
}

interface EventTypeOptions<Kind extends string> {
  /** What each kind of its own tells. */
  readonly kinds: Readonly<Record<Kind, string>>;
  /** As what a kind is shown that only a newer process knows. */
  readonly otherwise: NoInfer<Kind>;
  readonly kindDescription: string;
  readonly snapshot?: string;
}

/** What the events of a subscription have in common: a type to extend, and how it is made of an event. */
export function eventType<Kind extends string>(
  name: string,
  { kinds, otherwise, kindDescription, snapshot = "How things stand now" }: EventTypeOptions<Kind>,
): { readonly type: ClassType<ToldEvent<Kind>>; readonly told: (event: FollowedEvent) => ToldEvent<Kind> } {
  const descriptions: Readonly<Record<string, string>> = {
    [snapshotKind]: `${snapshot}: the first event where no \`after\` is given.`,
    ...kinds,
    [resyncRequiredKind]: "Events were missed; nothing follows. Subscribe again without `after`.",
  };
  const EventKind = Object.fromEntries(Object.keys(descriptions).map((kind) => [kind, kind]));
  const described = Object.entries(descriptions).map(([kind, description]) => [kind, { description }] as const);
  registerEnumType(EventKind, {
    name: `${name}Kind`,
    description: kindDescription,
    valuesConfig: Object.fromEntries(described),
  });

  @ObjectType(`${name}Base`, { simpleResolvers: true })
  class EventBase implements ToldEvent<Kind> {
    @Field(() => String, { description: "Give it as `after` to go on behind this event." })
    readonly cursor!: string;

    @Field(() => EventKind, { description: "What has happened." })
    readonly kind!: Kind | Always;

    @Field(() => DateTime, { description: "When it happened." })
    readonly occurredAt!: Date;
  }

  const isKnown = (kind: string): kind is Kind | Always => kind in descriptions;
  return {
    type: EventBase,
    told: ({ cursor, kind, occurredAt }) => ({ cursor, kind: isKnown(kind) ? kind : otherwise, occurredAt }),
  };
}
