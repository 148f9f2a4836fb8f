import type { KeyRing } from "../../src/foundation/encryption.js";
import type { Simulator } from "../../simulator/index.js";
import { startProcess, type WorkerProcess } from "./process.js";
import { seeded } from "./random.js";
import { plenty, type Traits } from "./traits.js";

const limitsOn = { requestsPerSecond: 10, requestsPerMinute: 450, concurrency: 10 };
const limitsOff = { requestsPerSecond: 5_000, requestsPerMinute: 100_000, concurrency: 50 };

interface ProcessesOptions {
  readonly traits: Traits;
  /** Hears every line that a living process logs. */
  readonly onLog: (process: number, line: string) => void;
  readonly simulator: Simulator;
  readonly databaseUrl: string;
  readonly keyRing: KeyRing;
  readonly sent: Map<string, Set<string>>;
}

/** The worker processes, each with a clock of its own. */
export class Processes {
  readonly all: WorkerProcess[] = [];
  #monthlyReads: number;
  #started = 0;

  constructor(readonly options: ProcessesOptions) {
    this.#monthlyReads = options.traits.monthlyReads;
  }

  poke(): void {
    for (const process of this.all) process.poke();
  }

  async add(): Promise<WorkerProcess> {
    const { traits, onLog, ...options } = this.options;
    const number = ++this.#started;
    const skewMs = seeded(traits.seed + 1_000_003 * number).below(2 * traits.mostSkewMs + 1) - traits.mostSkewMs;
    const { hasLimits } = traits;
    const limits = { ...(hasLimits ? limitsOn : limitsOff), monthlyReads: this.#monthlyReads };
    const line = (text: string): void => onLog(number, text);
    const process = await startProcess({ ...options, number, skewMs, limits, hasLimits, onLog: line });
    this.all.push(process);
    return process;
  }

  async kill(process: WorkerProcess): Promise<void> {
    this.all.splice(this.all.indexOf(process), 1);
    await process.kill();
  }

  /** The month's reads never end any more; whoever runs knows of it after a new start. */
  async buyReads(): Promise<void> {
    this.#monthlyReads = plenty;
    await this.stop();
    await this.add();
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.splice(0).map((process) => process.stop()));
  }
}
