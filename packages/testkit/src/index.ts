export * from './database'
export * from './fake-service'
export * from './identity'
export * from './wait'
