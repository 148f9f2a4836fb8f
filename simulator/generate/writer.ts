import type { Books, Moment } from "../company/books.js";
import type { Ids } from "../company/ids.js";
import type { Row } from "../company/table.js";
import type { Fields } from "../company/value.js";
import { pacificDate } from "../pacific.js";

/** Writes records into the books, each with the next id of its sequence. */
export class Writer {
  constructor(
    readonly books: Books,
    readonly ids: Ids,
  ) {}

  insert(entityName: string, fields: Fields, at: Moment): Row {
    const entity = this.books.entity(entityName);
    return this.books.insert(entity, this.ids.next(entity), fields, at);
  }
}

export function momentAt(milliseconds: number): Moment {
  return { seconds: Math.floor(milliseconds / 1000), today: pacificDate(milliseconds) };
}
