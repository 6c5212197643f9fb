import { Problem } from '@duka/kit'
import type { Request } from 'express'

/** `down` does nothing and says so. `silent` and `cut` do what they are asked, but the caller never hears of it. */
export type Mood = 'up' | 'down' | 'silent' | 'cut'

const never = () => new Promise<never>(() => undefined)

export async function answering<T>(mood: Mood, request: Request, work: () => T): Promise<T> {
  if (mood === 'down') throw new Problem(503, 'service_unavailable', 'Down.')
  const answer = work()
  if (mood === 'cut') request.socket.destroy()
  return mood === 'up' ? answer : never()
}

/** A gate that calls can be made to wait at. */
export function makeGate(): { open: () => void; opened: Promise<void> } {
  let open: (() => void) | undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open: () => open?.(), opened }
}
