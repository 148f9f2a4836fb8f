import { address, boolean, computed, integer, money, reference, text } from "../fields.js";
import { colon, deletedSuffix } from "../names.js";

/** What the mirror keeps of a customer. The guide's platform names stand first, QuickBooks' own names after them. */
export const fields = {
  businessName: computed({
    kind: "TEXT",
    label: "Business name",
    description: "The name the business is known by: the display name in QuickBooks.",
    expression: (row) => `${row}.display_name`,
    required: true,
    filter: true,
    order: true,
  }),
  legalName: computed({
    kind: "TEXT",
    label: "Legal name",
    description: "The company name, or the display name where no company name is given.",
    expression: (row) => `coalesce(${row}.company_name, ${row}.display_name)`,
    required: true,
  }),
  primaryContactName: text({
    label: "Primary contact",
    description: "The contact person: given, middle and family name.",
    search: true,
  }),
  primaryContactEmail: text({
    label: "E-mail",
    description: "The contact's e-mail address; QuickBooks allows several, separated by commas.",
    filter: true,
    order: true,
    search: true,
    edit: { longest: 100 },
  }),
  primaryContactPhone: text({
    label: "Phone",
    description: "The contact's main phone number, as it was typed.",
    edit: { longest: 30 },
  }),
  businessAddress: address({ label: "Business address", description: "Where bills are sent.", edit: {} }),
  balance: money({
    label: "Balance",
    description: "What the customer owes; negative where payments or credits are still unapplied.",
    currencyColumn: "currency",
    filter: true,
    order: true,
  }),
  creditLimit: money({
    label: "Credit limit",
    description: "The most the customer may owe, where QuickBooks holds one.",
    currencyColumn: "currency",
  }),
  taxable: boolean({ label: "Taxable", description: "Whether sales to the customer are taxed.", edit: {} }),
  displayName: text({
    label: "Display name",
    description: "The name in QuickBooks, unique among customers, vendors and employees.",
    required: true,
    filter: true,
    order: true,
    search: true,
    edit: { required: true, longest: 500, forbidden: colon, addedWhenInactive: deletedSuffix },
  }),
  fullyQualifiedName: text({
    label: "Full name",
    description: "The names of all the parents and the display name, separated by colons.",
  }),
  companyName: text({
    label: "Company name",
    description: "The company the customer belongs to.",
    filter: true,
    order: true,
    search: true,
    edit: { longest: 100 },
  }),
  title: text({ label: "Title", description: "The contact's title.", edit: { longest: 16 } }),
  givenName: text({
    label: "Given name",
    description: "The contact's given name.",
    edit: { longest: 100, group: "contact" },
  }),
  middleName: text({
    label: "Middle name",
    description: "The contact's middle name.",
    edit: { longest: 100, group: "contact" },
  }),
  familyName: text({
    label: "Family name",
    description: "The contact's family name.",
    edit: { longest: 100, group: "contact" },
  }),
  suffix: text({ label: "Suffix", description: "What follows the contact's name, such as Jr.", edit: { longest: 16 } }),
  printOnCheckName: text({
    label: "Name on checks",
    description: "The name printed on checks.",
    edit: { longest: 110 },
  }),
  alternatePhone: text({ label: "Other phone", description: "A second phone number.", edit: { longest: 30 } }),
  mobilePhone: text({ label: "Mobile", description: "The mobile phone number.", edit: { longest: 30 } }),
  faxNumber: text({ label: "Fax", description: "The fax number.", edit: { longest: 30 } }),
  website: text({ label: "Website", description: "The address of the customer's website.", edit: { longest: 1000 } }),
  shippingAddress: address({ label: "Shipping address", description: "Where goods are sent.", edit: {} }),
  notes: text({
    label: "Notes",
    description: "What the company's staff noted about the customer.",
    search: true,
    edit: { longest: 2000, multiline: true },
  }),
  resaleNumber: text({
    label: "Resale number",
    description: "The number of the customer's resale certificate.",
    edit: { longest: 16 },
  }),
  isJob: boolean({ label: "Is a job", description: "Whether this is a job or sub-customer of its parent." }),
  isProject: boolean({ label: "Is a project", description: "Whether QuickBooks shows it as a project." }),
  billWithParent: boolean({
    label: "Billed with parent",
    description: "Whether its bills go to its parent.",
    edit: { group: "parent" },
  }),
  level: integer({ label: "Level", description: "How many parents stand above it; absent at the top." }),
  parent: reference({
    label: "Parent",
    description: "The customer this is a sub-customer, job or project of.",
    target: "Customer",
    strength: "hard",
    inverse: { field: "subCustomers", description: "The sub-customers, jobs and projects right below this customer." },
    filter: true,
    edit: { group: "parent" },
  }),
  preferredDelivery: text({
    label: "Preferred delivery",
    description: "How the customer wants to get invoices: Print, Email or None.",
    edit: { oneOf: ["Print", "Email", "None"] },
  }),
  currency: text({
    label: "Currency",
    description: "The ISO 4217 code of the currency the customer is billed in.",
    edit: { on: "CREATE" },
  }),
  balanceWithJobs: money({
    label: "Balance with sub-customers",
    description: "What the customer owes together with all below it.",
    currencyColumn: "currency",
  }),
};

export const children = {};
