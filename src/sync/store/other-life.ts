import type { Prepared } from "./prepare.js";
import type { Page } from "./store.js";

/**
 * A record came with another creation time than the mirror has of it. QuickBooks never changes one, so it seems to be of another life
 * of the company, in which its id was given anew: nothing of its page was written.
 */
export class OtherLife extends Error {
  override readonly name = "OtherLife";
}

/**
 * Whether two states of a record name different creation times; one that names none is no evidence. Throws OtherLife where it is not
 * certain in which life of the company the page was read.
 */
export function isOtherBirth(
  { plugin, isLifeCertain }: Pick<Page, "plugin" | "isLifeCertain">,
  { quickbooksId, values }: Pick<Prepared, "quickbooksId" | "values">,
  { createdAt }: { readonly createdAt: Date | null },
): boolean {
  const { createdInQuickBooksAt: incoming } = values;
  if (incoming === null || createdAt === null || new Date(incoming).getTime() === createdAt.getTime()) return false;
  if (isLifeCertain === true) return true;
  throw new OtherLife(`${plugin.name} ${quickbooksId} names another creation time than the mirror has of it.`);
}
