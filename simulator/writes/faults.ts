import type { FaultError } from "../answers.js";
import { faultError } from "../answers.js";
import { EditRefused, madeInactive } from "../entities/refused.js";
import { QueryRefused } from "../query/errors.js";

/** The titles of QuickBooks' table of errors: as recorded where a record exists, else as documented. */
const titles: Readonly<Record<string, string>> = {
  "500": "Unsupported Operation",
  "600": "Duplicate Request ID",
  "610": "Object Not Found",
  "900": "Parent cannot be child",
  "1040": "Batch size exceeds allowed limit",
  "2010": "Request has invalid or unsupported property",
  "2020": "Required param missing, need to supply the required value for the API",
  "2030": "Invalid ID",
  "2040": "Invalid String",
  "2050": "String length is either shorter or longer than supported by specification",
  "2060": "Invalid Date Format",
  "2080": "Invalid Number Format",
  "2110": "Invalid Decimal",
  "2130": "Invalid Request Id Format",
  "2170": "Invalid Enumeration",
  "2210": "Invalid Email Address Format",
  "2220": "Invalid Currency Type",
  "2500": "Invalid Reference Id",
  "5010": "Stale Object Error",
  "6000": "A business validation error has occurred while processing your request",
  "6070": "Amount calculation incorrect in the request",
  "6080": "No Name Provided",
  "6140": "Duplicate Document Number Error",
  "6180": "Sub Level Limit",
  "6190": "Invalid Company Status",
  "6210": "Account Period Closed, Cannot Update Through Services API",
  "6220": "Delete Entity Has Balance Error",
  "6240": "Duplicate Name Exists Error",
  "6250": "Invalid Sales Customer",
  "6540": "Deposited Transaction cannot be changed",
  "10200": "Company Reset",
};

/** What an app is told of a refusal. Anything else is thrown on. */
export function refusalOf(error: unknown): FaultError {
  if (error instanceof QueryRefused) return { message: error.title, detail: error.message, code: error.code };
  if (!(error instanceof EditRefused)) throw error;
  const { code, element, detail } = error.fault;
  return {
    message: titles[code] ?? titles["6000"] ?? "",
    detail: detail ?? `Business Validation Error: ${error.message}`,
    code,
    ...(code === "2010" ? {} : { element: element ?? "" }),
  };
}

/** The property `"Fault":{…}` of an answer. */
export function faultPart(error: FaultError, type = "ValidationFault"): string {
  return `"Fault":${JSON.stringify({ Error: [faultError(error)], type })}`;
}

/** Of whom an app hears that he was faster. */
const colleague = "Robin Alder";

/** The record has changed since its token was read (recorded wording). */
export function stale(): EditRefused {
  const detail = `Stale Object Error : You and ${colleague} were working on this at the same time. ${colleague} finished before you did, so your work was not saved.`;
  return new EditRefused("The SyncToken is out of date: read the record again.", { code: "5010", element: "", detail });
}

/** Nothing can be read or edited under that id (recorded wording). */
export function notFound(): EditRefused {
  const detail = `Object Not Found : ${madeInactive}`;
  return new EditRefused("There is no such record.", { code: "610", element: "", detail });
}

export function unsupported(operation: string): EditRefused {
  const detail = `Operation ${operation} is not supported.`;
  return new EditRefused(detail, { code: "500", element: "Operation", detail });
}

/** The company's data was cleared since the app was connected (documented wording). */
export function companyReset(): EditRefused {
  const detail = "Company has been reset. Request for CUD is stale";
  return new EditRefused(detail, { code: "10200", element: "", detail });
}

/** The company can be read, and no more (documented wording). */
export function subscriptionEnded(): EditRefused {
  const detail =
    "Subscription period has ended or canceled or there was a billing problem : You can't add data to QuickBooks Online because your trial or subscription period ended, you canceled your subscription, or there was a billing problem.";
  return new EditRefused(detail, { code: "6190", element: "", detail });
}

/** A property QuickBooks does not know (recorded wording). */
export function unknownPropertyOf(object: string, property: string, count: number): EditRefused {
  const detail = `Property Name:Unrecognized field "${property}" (class com.intuit.schema.finance.v3.${object}), not marked as ignorable (${String(count)} known properties: [truncated]])\n specified is unsupported or invalid`;
  return new EditRefused(`${object} has no ${property}.`, { code: "2010", detail });
}

export function unreadable(): EditRefused {
  const detail = "Property Name:failed to parse json object; a property specified is unsupported or invalid";
  return new EditRefused("The body is no JSON object.", { code: "2010", detail });
}
