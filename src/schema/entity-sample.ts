import { Field, ObjectType } from "type-graphql";
import { z } from "zod";
import { MalformedBody, parseExact, type RecordSlice } from "../foundation/json.js";
import { JSONObject } from "../foundation/scalars.js";
import { type EntityPlugin, InvalidRecord } from "../plugins/plugin.js";

@ObjectType({ simpleResolvers: true, description: "One record, and what the gateway makes of it." })
export class EntitySample {
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

const jsonObject = z.record(z.string(), z.unknown());

/** Maps a record as a sync would. Payloads, and what is made of them, are left out for who may not see them. */
export function sampleOf(plugin: EntityPlugin, record: RecordSlice, isPayloadShown: boolean): EntitySample {
  try {
    const raw = jsonObject.parse(parseExact(record.text()));
    const { mapped, problems } = takeIn(plugin, raw);
    return isPayloadShown ? { raw, mapped, problems } : { raw: null, mapped: null, problems };
  } catch (error) {
    if (!(error instanceof MalformedBody)) throw error;
    return { raw: null, mapped: null, problems: [error.message] };
  }
}

function takeIn(plugin: EntityPlugin, raw: unknown): Pick<EntitySample, "mapped" | "problems"> {
  try {
    const { entails: _entails, ...mapped } = plugin.takeIn(raw);
    return { mapped, problems: [] };
  } catch (error) {
    if (!(error instanceof InvalidRecord)) throw error;
    return { mapped: null, problems: error.problems };
  }
}
