/** The processes of the shop, by the name that each one proves itself with. */
export const serviceNames = ['gateway', 'auth', 'product', 'cart', 'order', 'payment'] as const

export type ServiceName = (typeof serviceNames)[number]
