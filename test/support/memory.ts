import { existsSync, readFileSync } from "node:fs";

/** Resident memory of a process at one moment, MiB. */
export interface MemorySample {
  /** By `performance.now()`. */
  readonly atMs: number;
  readonly residentMb: number;
}

/** Whether the system tells what a process takes (Linux does). */
export const canMeasureMemory = existsSync("/proc/self/status");

/** Samples a process' resident memory until it is stopped. */
export function watchMemory(pid: number, intervalMs = 50): { stop(): readonly MemorySample[] } {
  const samples: MemorySample[] = [];
  const timer = setInterval(() => {
    samples.push({ atMs: performance.now(), residentMb: statusMb(pid, "VmRSS") });
  }, intervalMs);
  return {
    stop() {
      clearInterval(timer);
      return samples;
    },
  };
}

/** The most it has ever had resident, MiB (VmHWM). */
export const peakMemoryMb = (pid: number): number => statusMb(pid, "VmHWM");

function statusMb(pid: number, name: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1];
  if (kilobytes === undefined) throw new Error(`/proc/${pid}/status does not tell ${name}.`);
  return Number(kilobytes) / 1024;
}
