import { Field, ObjectType } from "type-graphql";
import { z } from "zod";
import { ActorKind } from "./enums.js";

/** How an actor is noted beside what they did. */
export const notedActor = z.object({
  kind: z.enum(ActorKind),
  id: z.string().nullish(),
  name: z.string().nullish(),
});

@ObjectType({ simpleResolvers: true, description: "Who did something, as they were called when they did it." })
export class Actor {
  constructor(private readonly noted: z.infer<typeof notedActor>) {}

  @Field(() => ActorKind, { description: "A person, a program, or the gateway itself." })
  get kind() {
    return this.noted.kind;
  }

  @Field(() => String, { nullable: true, description: "What they were called at the time." })
  get name() {
    return this.noted.name ?? null;
  }
}
