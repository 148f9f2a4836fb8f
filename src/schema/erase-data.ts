import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from "type-graphql";
import type { Connection } from "../generated/prisma/client.js";
import { needConnection } from "./connection-scope.js";
import { actorOf, type GatewayContext } from "./context.js";
import { Erasure } from "./erasure.js";
import { decodeId } from "./relay.js";
import { notFoundError, type Outcome, orUserErrors, userError, UserError, UserMistake } from "./user-errors.js";

@InputType({ description: "What is to be erased here for good." })
class EraseDataInput {
  @Field(() => ID, { description: "The company." })
  readonly connectionId!: string;

  @Field(() => ID, {
    nullable: true,
    description:
      "A record of it that is about a person: then all that tells of this person is erased. Left out: all data of the company.",
  })
  readonly recordId?: string | null;

  @Field(() => String, {
    description:
      "Says again what is erased, so that nobody erases by mistake: the record's `quickbooksId` (the `recordId` where it has none); of a whole company its name exactly as `companyName` shows it, or the `connectionId` where it has none.",
  })
  readonly confirm!: string;
}

@ObjectType({ simpleResolvers: true, description: "What removes the data." })
class EraseDataPayload {
  @Field(() => Erasure, { nullable: true, description: "It goes on by itself; ask `node` for it again." })
  readonly erasure!: Erasure | null;

  @Field(() => [UserError], { description: "What you can mend." })
  readonly userErrors!: readonly UserError[];
}

@Resolver()
export class EraseDataResolver {
  @Authorized("ADMIN")
  @Mutation(() => EraseDataPayload, {
    nullable: true,
    description:
      "Erases data here for good; QuickBooks itself is not touched. Of a person: what their record and its versions say, and what others copied of it (names and addresses on transactions, payloads, edits, conflicts, failures, notices, values in the audit); the record stays without them, and so does all that refers to it, and what QuickBooks sends of it later is stored without them too. Of a company: it is disconnected, and all that is kept of it goes; connected again, it is mirrored anew.",
  })
  eraseData(
    @Arg("input", () => EraseDataInput) input: EraseDataInput,
    @Ctx() context: GatewayContext,
  ): Promise<EraseDataPayload> {
    return orUserErrors<Outcome<EraseDataPayload>>({ erasure: null }, async () => {
      const connection = await needConnection(input.connectionId, context);
      const id = await (typeof input.recordId === "string"
        ? erasePerson(connection, input.recordId, input, context)
        : eraseCompany(connection, input, context));
      return { erasure: await Erasure.load(id, context) };
    });
  }
}

function erasePerson(
  { id: connectionId }: Connection,
  globalId: string,
  { confirm }: EraseDataInput,
  context: GatewayContext,
): Promise<string> {
  const { erasures, plugins } = context.services;
  const { type, id: recordId } = decodeId(globalId) ?? {};
  const plugin = plugins.find(({ name }) => name === type);
  if (plugin === undefined || recordId === undefined) throw new UserMistake(notFoundError("recordId"));
  const said = confirm === globalId ? recordId : confirm;
  return erasures.erasePerson({ actor: actorOf(context), connectionId, plugin, recordId, confirm: said });
}

function eraseCompany(
  { id, companyName }: Connection,
  { confirm, connectionId }: EraseDataInput,
  context: GatewayContext,
): Promise<string> {
  if (confirm !== (companyName ?? connectionId)) {
    const what = companyName === null ? "the connectionId" : "the company's name exactly as companyName shows it";
    throw new UserMistake(userError("INVALID", `To confirm, give ${what}.`, "confirm"));
  }
  return context.services.erasures.eraseCompany({ actor: actorOf(context), connectionId: id });
}
