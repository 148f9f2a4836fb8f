import { Arg, Authorized, type ClassType, Ctx, Field, ID, Int, Mutation, Resolver } from "type-graphql";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { ListAction, WriteOperation } from "../../plugins/writes.js";
import type { EditRequest } from "../../sync/local-changes/edits.js";
import { UserProblems } from "../../sync/problems.js";
import { needConnection } from "../connection-scope.js";
import { actorOf, type GatewayContext } from "../context.js";
import type { RecordBatches } from "../mirror/batches.js";
import type { MirrorTypes } from "../mirror/types.js";
import { decodeIdOf } from "../relay.js";
import { notFoundError, type Outcome, orUserErrors, UserMistake } from "../user-errors.js";
import { givenValues, unknownReferences } from "./given.js";
import { withInputNames } from "./input-names.js";
import { EditInputs, newInput } from "./inputs.js";
import { entryOf } from "./paths.js";
import { editPayload, type Edited } from "./payload.js";

/** One mutation that edits records of an entity. */
interface EditMutation {
  /** `updateCustomer` */
  readonly name: string;
  readonly description: string;
  readonly operation: WriteOperation;
  /** What can be given; nothing for what ends or restores a record. */
  readonly fields?: ClassType;
  readonly action?: ListAction;
}

interface Made {
  readonly types: MirrorTypes;
  readonly records: RecordBatches;
}

/** The mutations of an entity: one for each operation and each action that its plugin declares. */
export function editMutations(plugin: EntityPlugin, made: Made): readonly Function[] {
  const { writes, name, label } = plugin;
  if (writes === undefined) return [];
  const inputs = new EditInputs(plugin, made.types.enums);
  const operations = writes.operations.map((operation): EditMutation => ({
    name: `${operation.toLowerCase()}${name}`,
    description: `${verbs[operation].replace("#", oneOf(label))} ${later}`,
    operation,
    ...((operation === "CREATE" || operation === "UPDATE") && { fields: inputs.fields(operation) }),
  }));
  const actions = (writes.actions ?? []).map((action): EditMutation => {
    const mutation = `${action.verb}${name}`;
    const fields = inputs.rowsOf(capitalised(mutation), action.list);
    return { name: mutation, description: `${action.description} ${later}`, operation: "UPDATE", fields, action };
  });
  return [...operations, ...actions].map((mutation) => resolverOf(plugin, mutation, made));
}

const later = "It is kept here at once and sent to QuickBooks as soon as that can be reached.";

const verbs: Readonly<Record<WriteOperation, string>> = {
  CREATE: "Makes #.",
  UPDATE: "Changes fields of #.",
  DEACTIVATE: "Deactivates #.",
  REACTIVATE: "Brings back # that was deactivated.",
  VOID: "Voids #: all amounts become zero.",
  DELETE: "Deletes #.",
};

const nothing: Outcome<Edited> = { outcome: null };

function resolverOf(plugin: EntityPlugin, mutation: EditMutation, { types, records }: Made): Function {
  const { name, description } = mutation;
  const Input = inputOf(plugin, mutation);
  const Payload = editPayload(capitalised(name), { plugin, type: types.record(plugin.name), records });

  @Resolver()
  class EditResolver {
    @Authorized("OPERATOR")
    @Mutation(() => Payload, { name, nullable: true, description })
    edit(@Arg("input", () => Input) input: object, @Ctx() context: GatewayContext): Promise<Edited> {
      return orUserErrors(nothing, () => withInputNames(plugin, () => edit(plugin, mutation, input, context)));
    }
  }
  return EditResolver;
}

function inputOf({ name: entity, label }: EntityPlugin, { name, operation, fields }: EditMutation): ClassType {
  const one = oneOf(label);
  const input = newInput(`${capitalised(name)}Input`, `Asks to ${name.replace(entity, "").toLowerCase()} ${one}.`);
  const declare = (field: string, type: object, description: string, options: object = { nullable: true }): void =>
    Field(() => type, { ...options, description })(input.prototype, field);
  if (operation === "CREATE") {
    declare("connectionId", ID, "The company to make it in.", {});
  } else {
    declare("id", ID, `The global id of ${one}.`, {});
    const version = "The `version` that you saw: refused where a field that you edit has changed since.";
    declare("expectedVersion", Int, version);
  }
  declare("idempotencyKey", String, "The same key within 24 hours gives the same local change.");
  const dry = "Keep and send nothing: check everything, and show in `preview` what would be sent.";
  declare("dryRun", Boolean, dry, { defaultValue: false });
  if (fields !== undefined) declare("fields", fields, "What is edited.", {});
  return input;
}

async function edit(
  plugin: EntityPlugin,
  { operation, action }: EditMutation,
  input: object,
  context: GatewayContext,
): Promise<Outcome<Edited>> {
  const { connectionId, recordId } = await placeOf(plugin, operation, input, context);
  const given = givenValues({ plugin, recordId, place: "fields" }, entryOf(input, "fields"));
  const problems = [...given.problems, ...(await unknownReferences(given, context.loaders))];
  if (problems.length > 0) throw new UserProblems(problems);
  const [version, key] = [entryOf(input, "expectedVersion"), entryOf(input, "idempotencyKey")];
  const request: EditRequest = {
    actor: actorOf(context),
    operation,
    entity: plugin.name,
    values: given.values,
    dryRun: entryOf(input, "dryRun") === true,
    ...(recordId === undefined ? { connectionId } : { recordId }),
    ...(typeof version === "number" && { expectedVersion: version }),
    ...(typeof key === "string" && { idempotencyKey: key }),
    ...(action && { listAction: action }),
  };
  const outcome = await context.services.localChanges.edit(request);
  const currency = outcome.preview.fields.find(({ path }) => path === "currency")?.after;
  const owner = {
    plugin,
    connectionId,
    epoch: (await context.loaders.connection.load(connectionId))?.epoch ?? 0,
    recordId: outcome.recordId,
    ...(typeof currency === "string" && { currency }),
  };
  return { outcome: { ...outcome, owner } };
}

/** Where the record lives that is edited, and which it is; a new one is none yet. */
async function placeOf(plugin: EntityPlugin, operation: WriteOperation, input: object, context: GatewayContext) {
  if (operation === "CREATE") {
    const { id } = await needConnection(String(entryOf(input, "connectionId")), context);
    return { connectionId: id, recordId: undefined };
  }
  const recordId = decodeIdOf(plugin.name, String(entryOf(input, "id")));
  const connectionId =
    recordId === undefined
      ? undefined
      : await context.loaders.connectionOfRecord.load({ entity: plugin.name, id: recordId });
  if (recordId === undefined || connectionId === undefined) throw new UserMistake(notFoundError("id"));
  return { connectionId, recordId };
}

/** With its article. */
function oneOf(label: string): string {
  const name = label.toLowerCase();
  return `${/^[aeiou]/.test(name) ? "an" : "a"} ${name}`;
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
