import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { QueryRefused } from "../../simulator/query/errors.js";
import { parseQuery } from "../../simulator/query/parse.js";

test("any value survives quoting, whatever the case and spacing of the statement", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(5000), fc.boolean(), (value, start, upper) => {
      const quoted = `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
      const keywords = upper ? ["SELECT", "FROM", "WHERE", "ORDER BY"] : ["select", "from", "where", "orderby"];
      const [select = "", from = "", where = "", orderBy = ""] = keywords;
      const text = `${select} *  ${from}\nCustomer ${where} DisplayName = ${quoted} and Active IN (true,false) ${orderBy} DisplayName desc MAXRESULTS 7 startposition ${String(start)}`;
      expect(parseQuery(text)).toEqual({
        isCount: false,
        entity: "Customer",
        where: [
          { property: "DisplayName", operator: "=", values: [value] },
          { property: "Active", operator: "IN", values: ["true", "false"] },
        ],
        orderBy: { property: "DisplayName", descending: true },
        startPosition: start,
        maxResults: 7,
      });
    }),
  );
});

test("whatever is written, a statement is parsed or refused with code 4000", () => {
  const words = fc.constantFrom(
    "select",
    "*",
    "count(*)",
    "from",
    "Invoice",
    "where",
    "Id",
    "=",
    "'1'",
    "in",
    "(",
    ")",
    "orderby",
    "5",
    "maxresults",
    "null",
    "or",
    ",",
    "'",
    "&",
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 12 }), (parts) => {
      try {
        parseQuery(parts.join(" "));
      } catch (error) {
        expect(error).toBeInstanceOf(QueryRefused);
        expect(error).toMatchObject({ code: "4000" });
      }
    }),
  );
});
