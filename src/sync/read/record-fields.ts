import { computed, integer, text, timestamp, type FieldMap } from "../../plugins/fields.js";

/** What the mirror keeps of every record, whatever its entity; declared as plugins declare their own fields. */
export const recordFields: FieldMap = {
  quickbooksId: text({
    label: "QuickBooks id",
    description: "QuickBooks' id of the record; null only while a new record has not reached QuickBooks.",
    filter: true,
  }),
  syncToken: computed({
    kind: "TEXT",
    label: "Sync token",
    description: "QuickBooks' number of the record's revision.",
    expression: (row) => `${row}.sync_token::text`,
  }),
  state: computed({
    kind: "ENUM",
    label: "State",
    description: "What has become of the record.",
    enumeration: {
      name: "RecordState",
      description: "What can become of a record.",
      values: {
        ACTIVE: "In use.",
        INACTIVE: "Deactivated: kept in QuickBooks, and hidden there.",
        VOIDED: "Voided: kept with all amounts at zero.",
        DELETED: "Deleted in QuickBooks; the mirror keeps what it was.",
        MERGED: "Merged into another record in QuickBooks.",
      },
    },
    expression: (row) => `${row}.state::text`,
    required: true,
    filter: true,
  }),
  createdInQuickBooksAt: timestamp({
    label: "Created",
    description: "When the record was created in QuickBooks.",
    column: "created_in_quickbooks_at",
  }),
  updatedInQuickBooksAt: timestamp({
    label: "Updated",
    description: "When QuickBooks last changed the record.",
    column: "updated_in_quickbooks_at",
    filter: true,
    order: true,
  }),
  mirroredAt: timestamp({
    label: "Mirrored",
    description: "When the gateway last took in a change of the record.",
    required: true,
    filter: true,
    order: true,
  }),
  version: integer({ label: "Version", description: "Counts the changes of the record's content.", required: true }),
  staleSince: timestamp({
    label: "Stale since",
    description: "Since when QuickBooks has a newer state that could not be taken in; null while the mirror is true.",
  }),
};
