import { expect, test } from "@jest/globals";
import OAuthClient from "intuit-oauth";
import { called, nodeQuickBooks } from "./node-quickbooks.js";
import { accountingScope, authorize, connect, redirectUri, withSimulator } from "./support.js";

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
    const client = nodeQuickBooks(simulator, await connect(simulator));
    type Page = {
      QueryResponse: {
        totalCount?: number;
        Customer?: readonly { DisplayName: string }[];
        Invoice?: readonly unknown[];
      };
    };
    const named = await called<Page>((done) => {
      client.findCustomers({ DisplayName: 'Amber\'s "Café"' }, done);
    });
    expect(named.QueryResponse.Customer).toHaveLength(1);
    const invoices = await called<Page>((done) => {
      client.findInvoices({ fetchAll: true, desc: "MetaData.LastUpdatedTime" }, done);
    });
    expect(invoices.QueryResponse.Invoice).toHaveLength(company?.count("Invoice") ?? 0);
    const counted = await called<Page>((done) => {
      client.findPayments([{ field: "TotalAmt", value: 0, operator: ">=" }, { count: true }], done);
    });
    expect(counted.QueryResponse.totalCount).toBe(company?.count("Payment"));
    const read = await called<{ Id: string }>((done) => {
      client.getInvoice("1", done);
    });
    expect(read.Id).toBe("1");
    await expect(
      called((done) => {
        client.getInvoice("99999", done);
      }),
    ).rejects.toThrow(/status code 400/);
  });
});
