/** Each download holds a database connection, and a snapshot that keeps rows from being cleaned up. */
const mostAtOnce = 4;
const mostOfOrganization = 2;

/** The downloads of this process that are under way: few, and not all of them one organization's. */
export class Downloads {
  readonly #underWay = new Map<symbol, string>();

  /** What ends it, or undefined where there are enough. */
  begin(organizationId: string): (() => void) | undefined {
    const own = [...this.#underWay.values()].filter((other) => other === organizationId);
    if (this.#underWay.size >= mostAtOnce || own.length >= mostOfOrganization) return undefined;
    const download = Symbol(organizationId);
    this.#underWay.set(download, organizationId);
    return () => this.#underWay.delete(download);
  }
}
