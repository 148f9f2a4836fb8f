import { Args, Ctx, Field, Int, ObjectType } from "type-graphql";
import { atLeast } from "../access/actor.js";
import { DateTime } from "../foundation/scalars.js";
import type { Connection as ConnectionRow } from "../generated/prisma/client.js";
import { openRealm } from "../quickbooks/realm.js";
import { nextSyncTime } from "../sync/schedule/times.js";
import { ApiUsage } from "./api-usage.js";
import { Authorization, showAuthorization } from "./company-authorization.js";
import { actorOf, type GatewayContext } from "./context.js";
import { ConnectionStatus, Environment } from "./enums.js";
import { MirrorStatus, mirrorStatuses } from "./mirror-status.js";
import { type Connection, connectionType, encodeId, Node } from "./relay.js";
import { SyncRun, SyncRunConnection } from "./sync-run.js";
import { listRuns, SyncRunsPage } from "./sync-runs.js";
import { showSettings, SyncSettings } from "./sync-settings.js";

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "The link between your organization and one QuickBooks company.",
})
export class ConnectedCompany {
  readonly __typename = "ConnectedCompany";

  constructor(private readonly row: ConnectionRow) {}

  /** The company that something found belongs to. */
  static async load(connectionId: string, { loaders }: GatewayContext): Promise<ConnectedCompany> {
    const row = await loaders.connection.load(connectionId);
    if (row === undefined) throw new Error(`Connection ${connectionId} is not there for what belongs to it.`);
    return new ConnectedCompany(row);
  }

  get id() {
    return encodeId("ConnectedCompany", this.row.id);
  }

  @Field(() => Environment, { description: "Which QuickBooks it lives in." })
  get environment() {
    return this.row.environment;
  }

  @Field(() => String, { nullable: true, description: "Intuit's id of the company; for OPERATOR and above." })
  realmId(@Ctx() context: GatewayContext): string | null {
    if (!atLeast(actorOf(context), "OPERATOR")) return null;
    return openRealm(context.services.keyRing, this.row);
  }

  @Field(() => String, { nullable: true, description: "What the company is called in QuickBooks." })
  get companyName() {
    return this.row.companyName;
  }

  @Field(() => String, { nullable: true, description: "Its country, as QuickBooks writes it." })
  get country() {
    return this.row.country;
  }

  @Field(() => String, {
    nullable: true,
    description: "The currency it keeps its books in: three letters of ISO 4217.",
  })
  get homeCurrency() {
    return this.row.homeCurrency;
  }

  @Field(() => String, { nullable: true, description: "Its time zone, of the IANA database." })
  get timeZone() {
    return this.row.timeZone;
  }

  @Field(() => ConnectionStatus, { description: "Whether QuickBooks lets the gateway in." })
  get status() {
    return this.row.status;
  }

  @Field(() => Boolean, { description: "Short for the status CONNECTED." })
  get isConnected() {
    return this.row.status === "CONNECTED";
  }

  @Field(() => Boolean, { description: "Whether syncs wait until somebody lets them go on." })
  get isPaused() {
    return this.row.isPaused;
  }

  @Field(() => DateTime, { nullable: true, description: "When it was last connected." })
  get connectedAt() {
    return this.row.connectedAt;
  }

  @Field(() => DateTime, { nullable: true, description: "When the last sync that took something in ended." })
  lastSyncAt(@Ctx() { loaders }: GatewayContext): Promise<Date | null> {
    return loaders.lastSyncAt.load(this.row.id);
  }

  @Field(() => DateTime, {
    nullable: true,
    description: "When the next scheduled sync begins; null while it is paused or not connected.",
  })
  nextSyncAt(@Ctx() { services }: GatewayContext): Date | null {
    if (!this.isConnected || this.row.isPaused) return null;
    return this.row.nextSyncAt ?? nextSyncTime(this.row, services.clock.now());
  }

  @Field(() => Authorization, {
    nullable: true,
    description: "How long QuickBooks lets the gateway in; null when disconnected.",
  })
  async authorization(@Ctx() { loaders, services }: GatewayContext): Promise<Authorization | null> {
    const row = await loaders.authorization.load(this.row.id);
    return row === undefined ? null : showAuthorization(row, this.row.status, services.clock.now());
  }

  @Field(() => SyncSettings, { description: "What is synced of it, and when." })
  get settings(): SyncSettings {
    return showSettings(this.row);
  }

  @Field(() => [MirrorStatus], { description: "How completely each of its entities is mirrored." })
  mirror(@Ctx() context: GatewayContext): Promise<readonly MirrorStatus[]> {
    return mirrorStatuses(this.row, context);
  }

  @Field(() => ApiUsage, { description: "What its syncs have asked of QuickBooks this month." })
  async apiUsage(@Ctx() { loaders }: GatewayContext): Promise<ApiUsage> {
    const { reads = 0, writes = 0, throttledMs = 0n } = (await loaders.apiUsage.load(this.row.id)) ?? {};
    return new ApiUsage({ reads, writes, throttledSeconds: Math.round(Number(throttledMs) / 1000) });
  }

  @Field(() => SyncRun, { nullable: true, description: "The sync that runs or waits to." })
  async currentRun(@Ctx() { loaders }: GatewayContext): Promise<SyncRun | null> {
    const row = await loaders.currentRun.load(this.row.id);
    return row === undefined ? null : new SyncRun(row);
  }

  @Field(() => SyncRunConnection, { description: "Its syncs, the latest first." })
  syncRuns(@Args(() => SyncRunsPage) page: SyncRunsPage, @Ctx() context: GatewayContext): Promise<Connection<SyncRun>> {
    return listRuns(context, page, { connectionId: this.row.id });
  }

  @Field(() => Int, { description: "How many of its conflicts wait for somebody to decide." })
  openConflicts(@Ctx() { loaders }: GatewayContext): Promise<number> {
    return loaders.openConflictCount.load(this.row.id);
  }
}

export const ConnectedCompanyConnection = connectionType("ConnectedCompany", () => ConnectedCompany);
