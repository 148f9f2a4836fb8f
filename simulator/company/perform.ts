import { EditRefused } from "../entities/definition.js";
import type { Switches } from "../switches.js";
import { deactivate, reactivate } from "./activity.js";
import type { Books, Moment } from "./books.js";
import { fieldsFrom } from "./input.js";
import { merge } from "./merge.js";
import type { Edit } from "./options.js";

/** Does an edit of a record in the books. Throws {@link EditRefused}. */
export function perform(books: Books, edit: Edit, at: Moment, switches: Switches): void {
  const { kind, id, fields, isWhole = false } = edit;
  const entity = books.entity(edit.entity);
  if (kind === "create") {
    books.insert(entity, id, fieldsFrom(entity, fields, books), at);
    return;
  }
  const row = books.find(entity.name, id);
  if (!row) throw new EditRefused(`There is no ${entity.name} ${id}.`);
  const written = fields === undefined ? {} : fieldsFrom(entity, fields, books);
  if (kind === "change") books.change(row, written, at, isWhole);
  if (kind === "deactivate") deactivate(books, entity, row, at, { written, isWhole });
  if (kind === "reactivate") reactivate(books, entity, row, at, { written, isWhole });
  if (kind === "void") books.void(row, at);
  if (kind === "delete") books.remove(row, at);
  if (kind === "merge") merge(books, row, edit.into ?? "", at, switches);
}
