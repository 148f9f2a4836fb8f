import {
  Arg,
  Args,
  ArgsType,
  Authorized,
  Ctx,
  Field,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
} from "type-graphql";
import { reachedConnections } from "../access/reach.js";
import { DateTime } from "../foundation/scalars.js";
import type { Connection as ConnectionRow } from "../generated/prisma/client.js";
import { ConnectedCompany, ConnectedCompanyConnection } from "./connected-company.js";
import { findConnection, needConnection } from "./connection-scope.js";
import { actorOf, type GatewayContext } from "./context.js";
import { ConnectionStatus, Environment } from "./enums.js";
import { Erasure } from "./erasure.js";
import { matching, type OneOf, oneOf, pageByInstant } from "./lists.js";
import { type Connection, ForwardPage } from "./relay.js";
import { SyncRun } from "./sync-run.js";
import { type Outcome, orUserErrors, UserError } from "./user-errors.js";

const ConnectionStatusFilter = oneOf<ConnectionRow["status"]>("ConnectionStatus", () => ConnectionStatus);
const EnvironmentFilter = oneOf<ConnectionRow["environment"]>("Environment", () => Environment);

@InputType({ description: "Which connected companies to list; all conditions hold." })
class ConnectedCompanyFilter {
  @Field(() => ConnectionStatusFilter, { nullable: true, description: "By whether QuickBooks lets the gateway in." })
  readonly status?: OneOf<ConnectionRow["status"]> | null;

  @Field(() => EnvironmentFilter, { nullable: true, description: "By which QuickBooks they live in." })
  readonly environment?: OneOf<ConnectionRow["environment"]> | null;
}

@ArgsType()
class ConnectionsPage extends ForwardPage {
  @Field(() => ConnectedCompanyFilter, { nullable: true, description: "Which connected companies to list." })
  readonly filter?: ConnectedCompanyFilter | null;
}

@InputType({ description: "Begins the connection of a QuickBooks company." })
class ConnectQuickBooksInput {
  @Field(() => String, {
    description:
      "Where the browser goes afterwards: a path of the gateway, or an address of an allowed origin. It gains `connect=<handle>`, or `connect_error=<code>`.",
  })
  readonly returnTo!: string;

  @Field(() => ID, { nullable: true, description: "The connection to renew; without it, a company is added." })
  readonly connectionId?: string | null;
}

@ObjectType({ simpleResolvers: true, description: "Where the consent is given." })
class ConnectQuickBooksPayload {
  @Field(() => String, { nullable: true, description: "The page of Intuit to send the browser to." })
  readonly authorizationUrl!: string | null;

  @Field(() => DateTime, { nullable: true, description: "Until when consent must be given." })
  readonly expiresAt!: Date | null;

  @Field(() => [UserError], { description: "What you can mend." })
  readonly userErrors!: readonly UserError[];
}

@InputType({ description: "Completes a connection that the same member began." })
class CompleteConnectionInput {
  @Field(() => String, { description: "The one-time `connect` handle that the browser brought back." })
  readonly handle!: string;
}

@ObjectType({ simpleResolvers: true, description: "The connection that was made." })
class CompleteConnectionPayload {
  @Field(() => ConnectedCompany, { nullable: true, description: "The connected company." })
  readonly connection!: ConnectedCompany | null;

  @Field(() => SyncRun, { nullable: true, description: "Its first sync, which begins by itself." })
  readonly syncRun!: SyncRun | null;

  @Field(() => [UserError], { description: "What you can mend." })
  readonly userErrors!: readonly UserError[];
}

@InputType({ description: "Ends a connection." })
class DisconnectQuickBooksInput {
  @Field(() => ID, { description: "The connection to end." })
  readonly connectionId!: string;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether all that is mirrored of the company is erased too, as by `eraseData`; else it is kept.",
  })
  readonly eraseMirror?: boolean | null;
}

@ObjectType({ simpleResolvers: true, description: "The connection that was ended." })
class DisconnectQuickBooksPayload {
  @Field(() => ConnectedCompany, { nullable: true, description: "The company, no longer connected." })
  readonly connection!: ConnectedCompany | null;

  @Field(() => Erasure, { nullable: true, description: "What removes the mirror; null where it is kept." })
  readonly erasure!: Erasure | null;

  @Field(() => [UserError], { description: "What you can mend." })
  readonly userErrors!: readonly UserError[];
}

@Resolver()
export class ConnectionsResolver {
  @Authorized()
  @Query(() => ConnectedCompany, { nullable: true, description: "The connected company with this id." })
  async connection(
    @Arg("id", () => ID, { description: "Its global id." }) id: string,
    @Ctx() context: GatewayContext,
  ): Promise<ConnectedCompany | null> {
    const row = await findConnection(id, context);
    return row === undefined ? null : new ConnectedCompany(row);
  }

  @Authorized()
  @Query(() => ConnectedCompanyConnection, { nullable: true, description: "Connected companies, the newest first." })
  connections(
    @Args(() => ConnectionsPage) { filter, ...page }: ConnectionsPage,
    @Ctx() context: GatewayContext,
  ): Promise<Connection<ConnectedCompany>> {
    const { connection } = context.services.database.prisma;
    const where = {
      ...reachedConnections(actorOf(context)),
      status: matching(filter?.status),
      environment: matching(filter?.environment),
    };
    return pageByInstant(page, {
      list: ["connections", where],
      read: (place, take) =>
        connection.findMany({
          where: {
            ...where,
            ...(place && { OR: [{ createdAt: { lt: place.at } }, { createdAt: place.at, id: { lt: place.id } }] }),
          },
          orderBy: [{ createdAt: "desc" }, { id: "desc" }],
          take,
        }),
      count: () => connection.count({ where }),
      instantOf: ({ createdAt }) => createdAt,
      show: (row) => new ConnectedCompany(row),
    });
  }

  @Authorized("ADMIN")
  @Mutation(() => ConnectQuickBooksPayload, {
    nullable: true,
    description: "Begins to connect a company: send the browser to `authorizationUrl`.",
  })
  connectQuickBooks(
    @Arg("input", () => ConnectQuickBooksInput) { returnTo, connectionId }: ConnectQuickBooksInput,
    @Ctx() context: GatewayContext,
  ): Promise<ConnectQuickBooksPayload> {
    return orUserErrors<Outcome<ConnectQuickBooksPayload>>({ authorizationUrl: null, expiresAt: null }, async () => {
      const again = typeof connectionId === "string" ? await needConnection(connectionId, context) : undefined;
      return context.services.connectFlow.begin({
        actor: actorOf(context),
        returnTo,
        ...(again && { connectionId: again.id }),
      });
    });
  }

  @Authorized("ADMIN")
  @Mutation(() => CompleteConnectionPayload, {
    nullable: true,
    description: "Completes a connection after consent, and starts its first sync.",
  })
  completeConnection(
    @Arg("input", () => CompleteConnectionInput) { handle }: CompleteConnectionInput,
    @Ctx() context: GatewayContext,
  ): Promise<CompleteConnectionPayload> {
    const { connectFlow, runs } = context.services;
    const actor = actorOf(context);
    return orUserErrors<Outcome<CompleteConnectionPayload>>({ connection: null, syncRun: null }, async () => {
      const row = await connectFlow.complete({ actor, handle }, (tx, connection) =>
        runs.enqueueInitial(tx, connection, actor),
      );
      await runs.wake();
      const run = await context.loaders.currentRun.load(row.id);
      return { connection: new ConnectedCompany(row), syncRun: run === undefined ? null : new SyncRun(run) };
    });
  }

  @Authorized("ADMIN")
  @Mutation(() => DisconnectQuickBooksPayload, {
    nullable: true,
    description: "Revokes the authorization at Intuit and forgets it; keeps the mirror, or erases it, as asked.",
  })
  disconnectQuickBooks(
    @Arg("input", () => DisconnectQuickBooksInput) { connectionId, eraseMirror }: DisconnectQuickBooksInput,
    @Ctx() context: GatewayContext,
  ): Promise<DisconnectQuickBooksPayload> {
    return orUserErrors<Outcome<DisconnectQuickBooksPayload>>({ connection: null, erasure: null }, async () => {
      const { id } = await needConnection(connectionId, context);
      const { connectFlow, erasures } = context.services;
      const which = { actor: actorOf(context), connectionId: id };
      const erasureId = eraseMirror === true ? await erasures.eraseCompany(which) : undefined;
      if (erasureId === undefined) await connectFlow.disconnect(which);
      context.loaders.connection.clear(id);
      return {
        connection: await ConnectedCompany.load(id, context),
        erasure: erasureId === undefined ? null : await Erasure.load(erasureId, context),
      };
    });
  }
}
