import type { Clock } from "../clock.js";
import { EditRefused } from "../entities/definition.js";
import type { Switches } from "../switches.js";
import { Company } from "./company.js";
import type { Notice } from "./notices.js";
import type { CompanyOptions } from "./options.js";

/** All companies of a simulator, by realm. */
export class Companies {
  readonly byRealm = new Map<string, Company>();
  /** Called with every company that is added. */
  onAdd: ((company: Company) => void) | undefined;
  /** Called with what there is to tell apps, of any company. */
  onNotices: ((notices: readonly Notice[]) => void) | undefined;

  constructor(
    readonly clock: Clock,
    readonly switches: Switches,
  ) {}

  add(options: CompanyOptions): Company {
    const company = new Company(options, this.clock, this.switches);
    if (this.byRealm.has(company.realmId)) {
      throw new EditRefused(`There is a company ${company.realmId} already; give another realmId or seed.`);
    }
    company.onNotices = (notices) => this.onNotices?.(notices);
    this.byRealm.set(company.realmId, company);
    this.onAdd?.(company);
    return company;
  }
}
