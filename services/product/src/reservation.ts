import { Problem } from '@duka/kit'

/** The attempt was released, before or after it held anything; it can never hold stock again. */
export function reservationReleased(): Problem {
  return new Problem(409, 'reservation_released', 'This attempt was released. Reserve with the next one.')
}
