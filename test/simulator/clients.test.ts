import { createRequire } from "node:module";
import { expect, test } from "@jest/globals";
import OAuthClient from "intuit-oauth";
import { accountingScope, authorize, connect, redirectUri, withSimulator } from "./support.js";

type Done = (error: unknown, result: unknown) => void;

/** The client as it is called here: its own types are those of another module format. */
interface QuickBooksClient {
  findCustomers(criteria: unknown, done: Done): void;
  findInvoices(criteria: unknown, done: Done): void;
  findPayments(criteria: unknown, done: Done): void;
  getInvoice(id: string, done: Done): void;
}

interface QuickBooksModule {
  new (
    clientId: string,
    clientSecret: string,
    token: string,
    tokenSecret: boolean,
    realmId: string,
    useSandbox: boolean,
    debug: boolean,
    minorVersion: number,
    oauthVersion: string,
    refreshToken: string,
  ): QuickBooksClient;
  V3_ENDPOINT_BASE_URL: string;
}

const QuickBooks = createRequire(import.meta.url)("node-quickbooks") as QuickBooksModule;

test("intuit-oauth gets a code's tokens, refreshes them and revokes them", async () => {
  await withSimulator({ companies: [{ size: 60 }] }, async (simulator) => {
    OAuthClient.environment.sandbox = `${simulator.apiBaseUrl}/`;
    const client = new OAuthClient({
      clientId: simulator.clientId,
      clientSecret: simulator.clientSecret,
      environment: "sandbox",
      redirectUri,
    });
    client.setAuthorizeURLs({
      authorizeEndpoint: `${simulator.url}/connect/oauth2`,
      tokenEndpoint: `${simulator.url}/oauth2/v1/tokens/bearer`,
      revokeEndpoint: `${simulator.url}/v2/oauth2/tokens/revoke`,
      userInfoEndpoint: `${simulator.url}/v1/openid_connect/userinfo`,
    });
    const page = await fetch(client.authorizeUri({ scope: [accountingScope, "openid"], state: "s7" }), {
      redirect: "manual",
    });
    await client.createToken(page.headers.get("location") ?? "");
    const { ...first } = client.getToken();
    expect(first.realmId).toBe([...simulator.companies.keys()][0]);
    await client.refresh();
    expect(client.getToken().refresh_token).not.toBe(first.refresh_token);
    const company = await client.makeApiCall({
      url: `${simulator.apiBaseUrl}/v3/company/${first.realmId}/companyinfo/${first.realmId}`,
    });
    expect(JSON.stringify(company.json)).toContain('"CompanyName":"Alder & Finch Gardens"');
    await client.revoke({ refresh_token: client.getToken().refresh_token });
    await expect(client.refresh()).rejects.toThrow();
  });
});

test("a page of a query and its count agree with the company", async () => {
  await withSimulator({ companies: [{ size: 300 }] }, async (simulator) => {
    const connection = await connect(simulator);
    const [company] = simulator.companies.values();
    const rows = await connection.rows("select * from Invoice orderby MetaData.CreateTime maxresults 1000");
    expect(rows).toHaveLength(company?.count("Invoice") ?? 0);
    expect((await authorize(simulator)).searchParams.get("state")).toBe("s1");
  });
});

test("node-quickbooks finds, counts and reads", async () => {
  await withSimulator({ companies: [{ size: 300 }] }, async (simulator) => {
    const [company] = simulator.companies.values();
    company?.create("Customer", { DisplayName: 'Amber\'s "Café"' });
    const { accessToken, realmId } = await connect(simulator);
    QuickBooks.V3_ENDPOINT_BASE_URL = `${simulator.apiBaseUrl}/v3/company/`;
    const client = new QuickBooks(
      simulator.clientId,
      simulator.clientSecret,
      accessToken,
      false,
      realmId,
      true,
      false,
      75,
      "2.0",
      "",
    );
    const call = <T>(use: (done: Done) => void): Promise<T> =>
      new Promise((resolve, reject) => {
        use((error, result) => {
          if (error === null || error === undefined) resolve(result as T);
          else reject(new Error(JSON.stringify(error)));
        });
      });
    type Page = {
      QueryResponse: {
        totalCount?: number;
        Customer?: readonly { DisplayName: string }[];
        Invoice?: readonly unknown[];
      };
    };
    const named = await call<Page>((done) => {
      client.findCustomers({ DisplayName: 'Amber\'s "Café"' }, done);
    });
    expect(named.QueryResponse.Customer).toHaveLength(1);
    const invoices = await call<Page>((done) => {
      client.findInvoices({ fetchAll: true, desc: "MetaData.LastUpdatedTime" }, done);
    });
    expect(invoices.QueryResponse.Invoice).toHaveLength(company?.count("Invoice") ?? 0);
    const counted = await call<Page>((done) => {
      client.findPayments([{ field: "TotalAmt", value: 0, operator: ">=" }, { count: true }], done);
    });
    expect(counted.QueryResponse.totalCount).toBe(company?.count("Payment"));
    const read = await call<{ Id: string }>((done) => {
      client.getInvoice("1", done);
    });
    expect(read.Id).toBe("1");
    await expect(
      call((done) => {
        client.getInvoice("99999", done);
      }),
    ).rejects.toThrow(/status code 400/);
  });
});
