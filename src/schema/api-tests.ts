import { Arg, Authorized, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from "type-graphql";
import { z } from "zod";
import { maySeePayloads } from "../access/actor.js";
import { MalformedBody, parseExact, type RecordSlice } from "../foundation/json.js";
import { JSONObject } from "../foundation/scalars.js";
import { type EntityPlugin, InvalidRecord } from "../plugins/plugin.js";
import { QuickBooksError } from "../quickbooks/errors.js";
import { select } from "../quickbooks/statements.js";
import { Company } from "../sync/company.js";
import { needConnection } from "./connection-scope.js";
import { actorOf, type GatewayContext } from "./context.js";
import { EntityName } from "./entity-name.js";
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

@ObjectType({ simpleResolvers: true, description: "One record, and what the gateway makes of it." })
class EntitySample {
  @Field(() => JSONObject, { nullable: true, description: "As QuickBooks sent it; for OPERATOR and above." })
  readonly raw!: unknown;

  @Field(() => JSONObject, {
    nullable: true,
    description: "As the mirror would hold it; null where it cannot be taken in.",
  })
  readonly mapped!: unknown;

  @Field(() => [String], { description: "Why it cannot be taken in; empty where it can." })
  readonly problems!: readonly string[];
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
      const connection = await needConnection(connectionId, context);
      const { clock, quickbooks } = context.services;
      const started = clock.now().getTime();
      return orUpstreamError(nothing, async () => {
        const { companyName } = await quickbooks.for(connection).companyInfo(patience(context));
        return { ...nothing, success: true, companyName, latencyMs: clock.now().getTime() - started };
      });
    });
  }

  @Authorized("OPERATOR")
  @Mutation(() => TestEntitySyncPayload, {
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
      const connection = await needConnection(connectionId, context);
      const plugin = pluginNamed(entity, context);
      const company = new Company(context.services.quickbooks.for(connection));
      return orUpstreamError(nothing, async () => {
        const { records } = await company.query(plugin, select(entity, { maxResults: limit }), patience(context));
        const samples = records.map((record) => sampleOf(plugin, record, maySeePayloads(actorOf(context))));
        return {
          ...nothing,
          success: samples.every(({ problems }) => problems.length === 0),
          count: samples.length,
          samples,
        };
      });
    });
  }
}

/** Until the caller has gone, or would rather hear that QuickBooks does not answer. */
function patience({ signal }: GatewayContext): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
}

function pluginNamed(entity: string, { services }: GatewayContext): EntityPlugin {
  const plugin = services.plugins.find(({ name }) => name === entity);
  if (plugin === undefined) throw new Error(`No plugin is named ${entity}, though the schema offers it.`);
  return plugin;
}

/** What QuickBooks complains of is the very answer that was asked for. */
async function orUpstreamError<Result extends { readonly error: string | null; readonly intuitTid: string | null }>(
  nothing: Result,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof QuickBooksError)) throw error;
    return { ...nothing, error: error.message, intuitTid: error.intuitTid ?? null };
  }
}

const jsonObject = z.record(z.string(), z.unknown());

function sampleOf(plugin: EntityPlugin, record: RecordSlice, isPayloadShown: boolean): EntitySample {
  try {
    const raw = jsonObject.parse(parseExact(record.text()));
    const shown = isPayloadShown ? raw : null;
    try {
      const { entails: _entails, ...mapped } = plugin.takeIn(raw);
      return { raw: shown, mapped: isPayloadShown ? mapped : null, problems: [] };
    } catch (error) {
      if (!(error instanceof InvalidRecord)) throw error;
      return { raw: shown, mapped: null, problems: error.problems };
    }
  } catch (error) {
    if (!(error instanceof MalformedBody)) throw error;
    return { raw: null, mapped: null, problems: [error.message] };
  }
}
