/** How long a cart is kept after its last change. */
export const guestDays = 7
export const userDays = 30
