import { services } from './processes'
import type { ProcessMemory } from './shop'

/** A table of resident memory: one line per process, then the six services together. */
export function writeMemory(memory: ProcessMemory[]): string {
  const line = (name: string, bytes: number) => `${name.padEnd(16)} ${(bytes / 1e6).toFixed(0).padStart(5)} MB`
  const isService = ({ name }: ProcessMemory) => services.some((each) => each.name === name)
  const total = memory.filter(isService).reduce((sum, { bytes }) => sum + bytes, 0)
  return [...memory.map(({ name, bytes }) => line(name, bytes)), line('services together', total)].join('\n')
}
