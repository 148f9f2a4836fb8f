import { Arg, Authorized, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from "type-graphql";
import { maySeePayloads } from "../access/payloads.js";
import type { EntityPlugin } from "../plugins/plugin.js";
import { QuickBooksError } from "../quickbooks/errors.js";
import { select } from "../quickbooks/statements.js";
import { needConnection } from "./connection-scope.js";
import { audited, type Tried } from "./audit/tried.js";
import { actorOf, type GatewayContext } from "./context.js";
import { EntityName } from "./entity-name.js";
import { EntitySample, sampleOf } from "./entity-sample.js";
import { badUserInput } from "./errors.js";
import { type Outcome, orUserErrors, UserError } from "./user-errors.js";

/** Trying out a connection by hand: nothing here touches the mirror. */

const patienceMs = 30_000;
const mostSamples = 20;

@InputType({ description: "Tries out a connection." })
class TestConnectionInput {
  @Field(() => ID, { description: "The connection to try." })
  readonly connectionId!: string;
}

@ObjectType({ simpleResolvers: true, description: "How QuickBooks answered." })
class TestConnectionPayload {
  @Field(() => Boolean, { description: "Whether QuickBooks let the gateway in." })
  readonly success!: boolean;

  @Field(() => String, { nullable: true, description: "What QuickBooks calls the company." })
  readonly companyName!: string | null;

  @Field(() => Int, { nullable: true, description: "Milliseconds until the answer." })
  readonly latencyMs!: number | null;

  @Field(() => String, { nullable: true, description: "What went wrong, and what to do." })
  readonly error!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Intuit's id of the failed request, which its support asks for.",
  })
  readonly intuitTid!: string | null;

  @Field(() => [UserError], { description: "What you can mend." })
  readonly userErrors!: readonly UserError[];
}

@InputType({ description: "Reads a few records of an entity, and shows what the gateway makes of them." })
class TestEntitySyncInput {
  @Field(() => ID, { description: "The connection to read from." })
  readonly connectionId!: string;

  @Field(() => EntityName, { description: "The entity to read." })
  readonly entity!: string;

  @Field(() => Int, { defaultValue: 5, description: "How many records, 1 to 20." })
  readonly limit!: number;
}

@ObjectType({ simpleResolvers: true, description: "What was read." })
class TestEntitySyncPayload {
  @Field(() => Boolean, { description: "Whether all that was read can be taken in." })
  readonly success!: boolean;

  @Field(() => Int, { description: "How many records were read." })
  readonly count!: number;

  @Field(() => [EntitySample], { description: "The records." })
  readonly samples!: readonly EntitySample[];

  @Field(() => String, { nullable: true, description: "What went wrong, and what to do." })
  readonly error!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Intuit's id of the failed request, which its support asks for.",
  })
  readonly intuitTid!: string | null;

  @Field(() => [UserError], { description: "What you can mend." })
  readonly userErrors!: readonly UserError[];
}

@Resolver()
export class ApiTestsResolver {
  @Authorized("OPERATOR")
  @Mutation(() => TestConnectionPayload, {
    nullable: true,
    description: "Asks QuickBooks for the company's name, to see whether it answers.",
  })
  testConnection(
    @Arg("input", () => TestConnectionInput) { connectionId }: TestConnectionInput,
    @Ctx() context: GatewayContext,
  ): Promise<TestConnectionPayload> {
    const nothing: Outcome<TestConnectionPayload> = {
      success: false,
      companyName: null,
      latencyMs: null,
      error: null,
      intuitTid: null,
    };
    return orUserErrors(nothing, async () => {
      const { id } = await needConnection(connectionId, context);
      const { clock, quickbooks } = context.services;
      const started = clock.now().getTime();
      const tried = await orUpstreamError(nothing, context, async (signal) => {
        const company = await quickbooks.for(id);
        const { companyName } = await company.companyInfo(signal);
        return { ...nothing, success: true, companyName, latencyMs: clock.now().getTime() - started };
      });
      return audited(context, { action: "connection.test", connectionId: id }, tried);
    });
  }

  @Authorized("OPERATOR")
  @Mutation(() => TestEntitySyncPayload, {
    nullable: true,
    description: "Reads a few records and shows what the mirror would make of them; writes nothing.",
  })
  testEntitySync(
    @Arg("input", () => TestEntitySyncInput) { connectionId, entity, limit }: TestEntitySyncInput,
    @Ctx() context: GatewayContext,
  ): Promise<TestEntitySyncPayload> {
    if (limit < 1 || limit > mostSamples) {
      throw badUserInput(`\`limit\` is ${limit}; ask for 1 to ${mostSamples} records.`, {
        field: "limit",
        reason: "PAGE_SIZE",
      });
    }
    const nothing: Outcome<TestEntitySyncPayload> = {
      success: false,
      count: 0,
      samples: [],
      error: null,
      intuitTid: null,
    };
    return orUserErrors(nothing, async () => {
      const { id } = await needConnection(connectionId, context);
      const plugin = pluginNamed(entity, context);
      const tried = await orUpstreamError(nothing, context, async (signal) => {
        const company = await context.services.quickbooks.for(id);
        const { records } = await company.query(select(entity, { maxResults: limit }), signal);
        const samples = records.map((record) => sampleOf(plugin, record, maySeePayloads(actorOf(context))));
        const success = samples.every(({ problems }) => problems.length === 0);
        return { ...nothing, success, count: samples.length, samples };
      });
      return audited(context, { action: "connection.testEntity", connectionId: id, entity }, tried);
    });
  }
}

function pluginNamed(entity: string, { services }: GatewayContext): EntityPlugin {
  const plugin = services.plugins.find(({ name }) => name === entity);
  if (plugin === undefined) throw new Error(`No plugin is named ${entity}, though the schema offers it.`);
  return plugin;
}

/** What QuickBooks complains of is the very answer that was asked for; so is that it does not answer. */
async function orUpstreamError<Result extends Tried>(
  nothing: Result,
  { signal }: GatewayContext,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const patience = AbortSignal.timeout(patienceMs);
  try {
    return await work(AbortSignal.any([signal, patience]));
  } catch (error) {
    if (error instanceof QuickBooksError)
      return { ...nothing, error: error.message, intuitTid: error.intuitTid ?? null };
    if (patience.aborted)
      return { ...nothing, error: `QuickBooks did not answer within ${patienceMs / 1000} seconds.` };
    throw error;
  }
}
