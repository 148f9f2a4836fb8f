import { join } from "node:path";
import { createAuthenticator } from "../access/authentication.js";
import type { Clock } from "../foundation/clock.js";
import type { Database } from "../foundation/database/database.js";
import type { Ids } from "../foundation/ids.js";
import type { Log } from "../foundation/log.js";
import { completeDemoSettings, type DemoDraft } from "../foundation/settings.js";
import { startInSteps } from "../foundation/stops.js";
import { startGateway } from "../gateway.js";
import { connectDemoCompany, demoToken } from "./first-start.js";
import { demoRoutes } from "./routes.js";
import { createSignIn } from "./sign-in.js";
import { startSimulatorProcess } from "./simulator-process.js";
import { demoParts, demoSecrets } from "./state.js";

interface DemoServices {
  readonly database: Database;
  readonly log: Log;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** A gateway with everything it needs: secrets of its own, a simulated QuickBooks, a connected company, and a way in. */
export async function startDemo(draft: DemoDraft, services: DemoServices): Promise<{ stop(): Promise<void> }> {
  return startInSteps(async (stops) => {
    const secrets = demoSecrets(join(draft.dataDir, "demo.json"));
    const simulator = await startSimulatorProcess(secrets, join(draft.dataDir, "simulator.json"));
    stops.add(() => simulator.stop());
    const settings = completeDemoSettings(draft, demoParts(secrets, simulator));
    const token = (): Promise<string> =>
      demoToken({ ...services, auth: { ...settings.auth, secret: secrets.authSecret } });
    const signIn = createSignIn(token);
    const authenticator = createAuthenticator({ ...services, auth: settings.auth });
    const addRoutes = demoRoutes({ signIn, simulator, authenticator });
    const gateway = await startGateway({ ...services, settings, addRoutes });
    stops.add(() => gateway.stop());
    await simulator.notify(`${gateway.url}/api/webhooks/quickbooks`, secrets.webhookVerifierToken);
    process.stdout.write(
      `\nThe demo runs. Open ${gateway.url}/graphiql#code=${signIn.code}\n(The code signs you in once.)\n\n`,
    );
    const connecting = connectDemoCompany(gateway.url, await token()).catch((error: unknown) => {
      services.log.error({ err: error }, "The demo company could not be connected; restart the demo to try again.");
    });
    stops.add(() => connecting);
    return {};
  });
}
