import { Ctx, Field, Int, ObjectType } from "type-graphql";
import type { GatewayContext } from "./context.js";

/** The calls of a month that something is about. */
export interface CountedCalls {
  readonly reads: number;
  readonly writes: number;
  readonly throttledSeconds: number;
}

/** What an Int holds. */
const mostInt = 2 ** 31 - 1;

@ObjectType({
  simpleResolvers: true,
  description:
    "What syncs have asked of QuickBooks this month (UTC), and how the deployment stands with the reads that Intuit allows its app.",
})
export class ApiUsage {
  constructor(private readonly calls: CountedCalls) {}

  @Field(() => Int, { description: "Requests that read." })
  get reads() {
    return this.calls.reads;
  }

  @Field(() => Int, { description: "Requests that wrote." })
  get writes() {
    return this.calls.writes;
  }

  @Field(() => Int, { description: "Seconds waited because QuickBooks asked for it." })
  get throttledSeconds() {
    return this.calls.throttledSeconds;
  }

  @Field(() => Int, { description: "How many reads a month allows, over all companies of the deployment." })
  monthlyReadQuota(@Ctx() context: GatewayContext): Promise<number> {
    return ofDeployment(context, "quota");
  }

  @Field(() => Int, { description: "Requests that read this month, over all companies of the deployment." })
  deploymentReads(@Ctx() context: GatewayContext): Promise<number> {
    return ofDeployment(context, "reads");
  }

  @Field(() => Int, {
    description:
      "How many there will be when the month ends, if it goes on as it has so far. Above the quota, scheduled syncs come less often.",
  })
  forecastReads(@Ctx() context: GatewayContext): Promise<number> {
    return ofDeployment(context, "forecast");
  }
}

async function ofDeployment({ loaders }: GatewayContext, figure: "quota" | "reads" | "forecast"): Promise<number> {
  return Math.min((await loaders.monthlyReads())[figure], mostInt);
}
