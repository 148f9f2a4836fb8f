/**
 * Where a value stands in what QuickBooks served, as SQL over `r`, the record's or the line's JSON: PostgreSQL compares exactly,
 * and shares no line of code with the gateway's mappers.
 */

const at = (path: string): string => `r #>> '{${path.replaceAll(".", ",")}}'`;

export const text = (path: string): string => `(${at(path)})`;
export const number = (path: string): string => `(${at(path)})::numeric`;
export const integer = (path: string): string => `(${at(path)})::integer`;
export const flag = (path: string): string => `(${at(path)})::boolean`;
export const day = (path: string): string => `(${at(path)})::date`;
export const instant = (path: string): string => `(${at(path)})::timestamptz`;
export const ref = (name: string): string => text(`${name}.value`);

/** Lines one to five become a list, the rest keeps its place; nothing where there is nothing. */
export const address = (name: string): string => {
  const part = (key: string): string => text(`${name}.${key}`);
  const lines = ["Line1", "Line2", "Line3", "Line4", "Line5"].map(part).join(", ");
  return `CASE WHEN coalesce(${lines}, ${["City", "CountrySubDivisionCode", "PostalCode", "Country"].map(part).join(", ")})
    IS NOT NULL THEN jsonb_build_object('lines', to_jsonb(array_remove(ARRAY[${lines}], NULL)), 'city', ${part("City")},
      'region', ${part("CountrySubDivisionCode")}, 'postalCode', ${part("PostalCode")}, 'country', ${part("Country")}) END`;
};
