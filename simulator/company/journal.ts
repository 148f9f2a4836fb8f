import type { Clock } from "../clock.js";
import { EditRefused } from "../entities/definition.js";
import type { Edit, EditDraft, EditTiming } from "./options.js";

/** Every edit of a company in the order they were made. One made visible late is applied late, with the times at which it was made. */
export class Journal {
  readonly #edits: Edit[] = [];
  #waiting: Edit[] = [];

  constructor(
    readonly clock: Clock,
    /** Throws {@link EditRefused} when the edit is not allowed; then it was never made. */
    readonly apply: (edit: Edit) => void,
  ) {}

  get edits(): readonly Edit[] {
    return this.#edits;
  }

  /** Makes an edit now and answers it. */
  make(draft: EditDraft, timing: EditTiming = {}): Edit {
    const at = this.clock.now();
    const visibleAt = at + (timing.visibleAfterMs ?? 0);
    this.makeVisible();
    return this.#commit({ sequence: this.#edits.length + 1, at, visibleAt, ...draft });
  }

  /** Does again an edit that was kept from an earlier life of the simulator. */
  replay(edit: Edit): void {
    this.#commit(edit);
  }

  /** Whether readers do not see the edit yet. */
  isWaiting(edit: Edit): boolean {
    return this.#waiting.includes(edit);
  }

  /** Applies what is due by now. */
  makeVisible(): void {
    if (this.#waiting.length === 0) return;
    const now = this.clock.now();
    const due = this.#waiting.filter(({ visibleAt }) => visibleAt <= now);
    this.#waiting = this.#waiting.filter(({ visibleAt }) => visibleAt > now);
    for (const edit of due) this.#applyLate(edit);
  }

  /** An edit that others have overtaken, such as a change of what is deleted by now, leaves nothing to see. */
  #applyLate(edit: Edit): void {
    try {
      this.apply(edit);
    } catch (error) {
      if (!(error instanceof EditRefused)) throw error;
    }
  }

  #commit(edit: Edit): Edit {
    if (edit.kind === "reset") this.#waiting = [];
    if (edit.visibleAt > this.clock.now()) this.#waiting.push(edit);
    else this.apply(edit);
    this.#edits.push(edit);
    return edit;
  }
}
