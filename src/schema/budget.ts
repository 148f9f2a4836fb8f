import { Field, Int, ObjectType } from "type-graphql";
import type { Budget as Told } from "../access/budgets.js";
import { BudgetScope } from "./enums.js";

@ObjectType({
  simpleResolvers: true,
  description:
    "What may still be asked for, in points: an operation costs 10, and one more for each object that its answer may hold, by its page sizes. `extensions.cost` of every answer tells the scarcest budget.",
})
export class Budget {
  constructor(private readonly told: Told) {}

  @Field(() => BudgetScope, { description: "Who has it." })
  get scope() {
    return this.told.scope;
  }

  @Field(() => Int, { description: "The most points that can be saved up." })
  get maximum() {
    return this.told.maximum;
  }

  @Field(() => Int, { description: "The points there are; to the second where several processes serve the API." })
  get available() {
    return this.told.available;
  }

  @Field(() => Int, { description: "The points that come back in a second." })
  get restoreRate() {
    return this.told.restoreRate;
  }
}
